#!/usr/bin/python3
"""Training by several workers against training by one process, all threads together as many (but for 4 workers of one thread).

  bench/workers.py                   LoRA
  bench/workers.py --full            every parameter
  bench/workers.py --counts 1,2,4    by these numbers of workers; 1 has both threads, the others one each
"""
import argparse, copy, os
import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
common.add_options(parser)
parser.set_defaults(steps=6)
parser.add_argument("--global-batch", type=int, default=8)
parser.add_argument("--full", action="store_true", help="train every parameter")
parser.add_argument("--counts", default="1,2")
a = parser.parse_args()
b = copy.copy(a)
b.batch = a.global_batch   # as many rows as the steps use
model, rows, _ = common.prepare(b)
options = ["--global-batch-size", a.global_batch, "--objective", "sft", "--samples", 0, *(["--full"] if a.full else [])]
counts = [int(count) for count in a.counts.split(",")]
ratios = []
for number in range(a.rounds):
    alone = common.train(a, model, rows, *options)
    by = {}
    for count in counts:
        c = copy.copy(a)
        c.threads = a.threads if count == 1 else 1
        by[count] = common.train(c, model, rows, *options, workers=count)
    ratios.append({f"{count} workers": common.seconds(alone) / common.seconds(by[count]) for count in counts})
    print(f"round {number + 1} (load {os.getloadavg()[0]:.1f}): alone {common.seconds(alone) / (a.steps - 1):.3f} s a step; "
          + "; ".join(f"{count} workers {common.seconds(by[count]) / (a.steps - 1):.3f} s" for count in counts), flush=True)
common.medians(f"{a.preset}, vocabulary {a.vocab}, {a.dtype}{', full' if a.full else ''}, tokens/s against one process with {a.threads} threads", ratios)
