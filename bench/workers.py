#!/usr/bin/python3
"""Training by several workers against training by one process, with as many threads in all (but for 4 workers of one thread each).

  bench/workers.py                   LoRA
  bench/workers.py --full            every parameter
  bench/workers.py --counts 1,2,4    by these numbers of workers; 1 has both threads, the others one each
  bench/workers.py --full --sharding none,optimizer,parameters    each of these divisions of the state
"""
import argparse, copy, os
import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
common.add_options(parser)
parser.set_defaults(steps=6)
parser.add_argument("--global-batch", type=int, default=8)
parser.add_argument("--full", action="store_true", help="train every parameter")
parser.add_argument("--counts", default="1,2")
parser.add_argument("--sharding", default="none")
a = parser.parse_args()
b = copy.copy(a)
b.batch = a.global_batch   # as many rows as the steps use
model, rows, _ = common.prepare(b)
options = ["--global-batch-size", a.global_batch, "--objective", "sft", "--samples", 0, *(["--full"] if a.full else [])]
cases = [(int(count), sharding) for count in a.counts.split(",") for sharding in a.sharding.split(",")]
ratios = []
for number in range(a.rounds):
    seconds = {}
    for count, sharding in common.turns([(None, "none"), *cases], number):
        c = copy.copy(a)
        c.threads = a.threads if count in (None, 1) else 1
        divided = [] if sharding == "none" else ["--sharding", sharding]
        name = " ".join(["alone" if count is None else f"{count} workers", *divided[1:]])
        seconds[name] = common.seconds(common.train(c, model, rows, *options, *divided, workers=count)) / (a.steps - 1)
    ratios.append({name: seconds["alone"] / of for name, of in seconds.items() if name != "alone"})
    print(f"round {number + 1} (load {os.getloadavg()[0]:.1f}), s a step: " + "; ".join(f"{name} {of:.3f}" for name, of in seconds.items()), flush=True)
common.medians(f"{a.preset}, vocabulary {a.vocab}, {a.dtype}{', full' if a.full else ''}, tokens/s against one process with {a.threads} threads", ratios)
