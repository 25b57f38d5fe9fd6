#!/usr/bin/python3
"""This project against a plain TorchSharp implementation (bench/TorchSharpPeer), on the same libtorch, weights, adapter, token ids, batches and threads.

  bench/torchsharp.py                              preset 135m with a 49k vocabulary, bfloat16
  bench/torchsharp.py --dtype float32
  bench/torchsharp.py --preset 0.5b --vocab 151936 --rounds 1 --steps 2

Needs ../shared. First both train two steps in float32: if a loss differs by more than 1e-3 of its size, they do not compute the same, and
no speed is measured. Then each round runs, each in its own process, ours with the adapters switched off for the reference (what a first epoch
costs), the peer, and ours with the cached reference (every later epoch). Ratios are tokens/s of ours to the peer's, and peak memory above the
loaded model likewise. A line of JSON is appended to artifacts/bench/torchsharp.json.
"""
import argparse, copy, json, os, statistics, sys
import common

SAME_ALGORITHM = ["--objective", "asft", "--kl-weight", 0.05, "--learning-rate", 5e-4, "--schedule", "constant", "--warmup-steps", 0, "--weight-decay", 0]
MOST_DIFFERENCE = 1e-3

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
common.add_options(parser)
a = parser.parse_args()
model, rows, encoded = common.prepare(a)
common.run(["dotnet", "build", os.path.join(common.ROOT, "bench", "TorchSharpPeer"), "-c", "Release", "-v", "quiet", "-nologo"])
program = os.path.join(common.ROOT, "artifacts", "bin", "TorchSharpPeer", "release", "Microsoft.ML.Asft.Bench.TorchSharpPeer.dll")


def ours(options, adapter, reference):
    return common.train(options, model, rows, *SAME_ALGORITHM, "--adapter-in", adapter, "--reference", reference)


def peer(options, adapter):
    return json.loads(common.run(["dotnet", program, model, adapter, encoded, options.dtype, options.steps, options.batch, options.threads]))


def difference(one, other):
    """The largest relative difference of the losses of a step."""
    return max(abs(x - y) / abs(y) for x, y in zip(one["losses"], other["losses"], strict=True))


def trained_adapter():
    """An adapter after one step, whose B is not zero, so that the anchor is at work from the first step."""
    folder = os.path.join(common.WORK, f"{a.preset}-{a.vocab}-adapter")
    if not os.path.exists(os.path.join(folder, "adapter_config.json")):
        common.run([
            common.ASFT, "train", "--model", model, "--data", rows, "--output", folder, "--dtype", "float32", "--batch-size", a.batch,
            "--max-length", a.max_length, "--max-steps", 1, "--learning-rate", 5e-3, "--lora-dropout", 0, "--samples", 0])
    return folder


adapter = trained_adapter()
check = copy.copy(a)
check.dtype, check.steps = "float32", min(2, a.steps)
checked = difference(ours(check, adapter, "adapter-off"), peer(check, adapter))
if checked > MOST_DIFFERENCE:
    sys.exit(f"In float32 the losses differ by {checked:.1e} of their size, more than {MOST_DIFFERENCE:.0e}: the two do not compute the same.")

ratios, rounds = [], []
for number in range(a.rounds):
    cases = {"ours": lambda: ours(a, adapter, "adapter-off"), "peer": lambda: peer(a, adapter), "cached": lambda: ours(a, adapter, "cached")}
    done = {name: cases[name]() for name in common.turns(list(cases), number)}
    first, cached, other = done["ours"], done["cached"], done["peer"]
    ratios.append({
        "first epoch": first["tokens_per_second"] / other["tokens_per_second"],
        "later epochs": cached["tokens_per_second"] / other["tokens_per_second"],
        "memory": common.above_loaded(first) / common.above_loaded(other),
    })
    rounds.append({name: {"tokens_per_second": r["tokens_per_second"], "above_loaded_mb": common.above_loaded(r)} for name, r in done.items()})
    print(f"round {number + 1}: tokens/s {first['tokens_per_second']:.1f}, cached {cached['tokens_per_second']:.1f}, peer {other['tokens_per_second']:.1f}; "
          f"above the loaded model {common.above_loaded(first):.0f} and {common.above_loaded(other):.0f} MB; "
          f"losses {difference(first, other):.1e} apart; " + ", ".join(f"{name} {value:.2f}" for name, value in ratios[-1].items()), flush=True)
print(f"In float32 the losses of {check.steps} steps are {checked:.1e} apart.")
common.medians(f"{a.preset}, vocabulary {a.vocab}, {a.dtype}, medians", ratios)
with open(os.path.join(common.WORK, "torchsharp.json"), "a") as file:
    file.write(json.dumps({
        **vars(a), "processor": common.processor(), "float32_loss_difference": checked, "rounds": rounds,
        "medians": {name: statistics.median(row[name] for row in ratios) for name in ratios[0]}}) + "\n")
