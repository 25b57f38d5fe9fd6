#!/usr/bin/python3
"""What the anchor costs: ASFT against our own SFT, time per step and peak memory, for each reference strategy.

  bench/anchor.py                    LoRA: adapters off (a first epoch), and cached (every later one)
  bench/anchor.py --full             every parameter: a frozen second model, and cached
"""
import argparse
import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
common.add_options(parser)
parser.add_argument("--full", action="store_true", help="train every parameter")
parser.add_argument("--gradient-checkpointing", action="store_true")
a = parser.parse_args()
model, rows, _ = common.prepare(a)
extra = (["--full"] if a.full else []) + (["--gradient-checkpointing"] if a.gradient_checkpointing else [])
strategies = ["frozen", "cached"] if a.full else ["adapter-off", "cached"]
times, memory = [], []
for number in range(a.rounds):
    runs = {}
    for s in common.turns(["sft", *strategies], number):
        objective = ["sft"] if s == "sft" else ["asft", "--reference", s]
        runs[s] = common.train(a, model, rows, "--objective", *objective, *extra)
    sft, asft = runs.pop("sft"), runs
    times.append({s: common.seconds(asft[s]) / common.seconds(sft) for s in strategies})
    memory.append({s: asft[s]["peak_memory_mb"] / sft["peak_memory_mb"] for s in strategies})
    print(f"round {number + 1}: sft {common.seconds(sft):.2f} s and {sft['peak_memory_mb']:.0f} MB; "
          + "; ".join(f"{s} {common.seconds(asft[s]):.2f} s and {asft[s]['peak_memory_mb']:.0f} MB" for s in strategies), flush=True)
title = f"{a.preset}, vocabulary {a.vocab}, {a.dtype}{', full' if a.full else ''}"
common.medians(f"{title}, time per step", times)
common.medians(f"{title}, peak memory", memory)
