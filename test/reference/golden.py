#!/usr/bin/python3
"""Makes one golden folder: a small model, an adapter trained for a few steps so that it is not zero, and the numbers of both.

  golden.py FOLDER COMMAND --data ENCODED.jsonl [--adapter DIR] [--targets q_proj,v_proj] [options of asft_torch.py init]

COMMAND is what golden.json says made it.

golden.json has the losses and gradient norms in float32, the losses in bfloat16 and 20 training steps of every objective. A family that
comes from --config gets two things more: the norm of ASFT's gradient for each of its weights, and traits.json, the losses without each
trait of the family. It is an error when a trait can be left out unnoticed, or when logits are so small that all tokens are alike.
"""
import json
import os
import shutil
import sys

import asft_torch
from objectives import MODES

NOTICED = 1e-4  # ten times what a test allows


def numbers(folder, data, weight_grads):
    adapter = os.path.join(folder, "adapter")

    def run(command, *options):
        return command(asft_torch.parser().parse_args([command.__name__, "--model", folder, "--data", data, *options]))

    golden = {f"score_{kl}": run(asft_torch.score, "--adapter", adapter, "--kl", kl, "--grads",
                                 *(["--weight-grads"] if weight_grads and kl == "forward" else [])) for kl in ("forward", "reverse")}
    golden["score_bf16"] = run(asft_torch.score, "--adapter", adapter, "--dtype", "bf16")
    for mode in MODES:  # times and memory are of one machine and one day
        steps = run(asft_torch.train, "--adapter-in", adapter, "--mode", mode, "--lr", "2e-3", "--steps", "20", "--kl-weight", "0.05")
        golden[f"train_{mode}"] = {"losses": steps["losses"]}
    return golden, run(asft_torch.traits, "--adapter", adapter) if weight_grads else None


def check(traits):
    if traits["logits_std"] < 1:
        sys.exit(f"the logits' standard deviation is {traits['logits_std']:.2f}: raise --head-std")
    for name, losses in traits["without"].items():
        moved = max(abs(losses[mode] - traits["all"][mode]) for mode in MODES)
        if moved < NOTICED:
            sys.exit(f"without {name} no loss moves by more than {moved:.1e}: raise --std or change the configuration")


def main():
    known = asft_torch.parser()
    folder, command, *arguments = sys.argv[1:]
    options = known.parse_args(["init", "--out", folder, *arguments])
    shutil.rmtree(folder, ignore_errors=True)
    asft_torch.init(options)
    if options.adapter:
        shutil.copytree(options.adapter, os.path.join(folder, "adapter"))
    else:
        asft_torch.train(known.parse_args(["train", "--model", folder, "--data", options.data, "--mode", "sft", "--lr", "2e-2", "--steps", "12",
                                           "--rank", "4", "--alpha", "8", "--targets", options.targets, "--out", os.path.join(folder, "adapter")]))
    golden, traits = numbers(folder, options.data, weight_grads=bool(options.config))
    if traits:
        check(traits)
        write(os.path.join(folder, "traits.json"), traits)
    golden["command"] = command
    write(os.path.join(folder, "golden.json"), golden)


def write(path, value):
    with open(path, "w") as file:
        json.dump(value, file, indent=1)


if __name__ == "__main__":
    main()
