#!/usr/bin/python3
"""Makes objectives.json: losses, gradient norms and 20 training steps of the objectives that golden.json does not have, and of clipped weights.

  golden_objectives.py GOLDEN [INTO]     the folder with the golden models, and the folder for the numbers, which is the same unless given
"""
import json
import os
import sys

import asft_torch

MODELS = ["qwen2", "llama3-tied", "mistral", "smollm3-window"]
OBJECTIVES = {"iw-sft": ["--mode", "iw-sft"], "eaft": ["--mode", "eaft"], "asft clipped": ["--mode", "asft", "--clip-min", "0.02", "--clip-max", "0.1"],
              "iw-sft clipped": ["--mode", "iw-sft", "--clip-min", "0.9", "--clip-max", "1.5"]}


def main():
    golden, into = sys.argv[1], sys.argv[-1]

    def run(command, model, *options):
        folder, data = os.path.join(golden, model), os.path.join(golden, "encoded.jsonl")
        return command(asft_torch.parser().parse_args([command.__name__, "--model", folder, "--data", data, "--kl-weight", "0.05", *options]))

    numbers = {}
    for model in MODELS:
        adapter = os.path.join(golden, model, "adapter")
        for name, options in OBJECTIVES.items():
            mode = options[1]
            scored = run(asft_torch.score, model, "--adapter", adapter, "--grads", *options)
            trained = run(asft_torch.train, model, "--adapter-in", adapter, "--lr", "2e-3", "--steps", "20", *options)
            numbers.setdefault(model, {})[name] = {"loss": scored[mode], "grad_norm": scored[f"{mode}_grad_norm"], "losses": trained["losses"]}
    with open(os.path.join(into, "objectives.json"), "w") as file:
        json.dump(numbers, file, indent=1)


if __name__ == "__main__":
    main()
