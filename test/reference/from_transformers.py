#!/usr/bin/env python3
"""Holds this reference to transformers itself, on a machine that has it (pip install torch transformers, or Debian sid's python3-transformers
and python3-torch; CPU is enough).

  from_transformers.py [--write OUT] [FAMILY ...]

For every golden family two models: the golden one, loaded by transformers; and one that transformers makes at random from the same
configuration and saves, loaded by the reference, which so proves the names and shapes of tensors. Each time the logits of all golden
rows are compared, and the mean losses, in float32 and in bfloat16. Exit code 1 where they are further apart than
TOLERANCE. --write keeps the models that transformers made, in bfloat16, with golden.json: the losses that transformers' float32 logits
give. test/Microsoft.ML.Asft.Tests/Golden/transformers is such a folder.
"""
import argparse
import json
import os
import sys
import tempfile

import torch
import transformers

from decoder import load_model, read_config
from left_out import leave_out
from objectives import batches, read_rows, token_losses
from traits import read_traits, text_config

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Microsoft.ML.Asft.Tests", "Golden")
TOLERANCE = {torch.float32: ("logits", 1e-4), torch.bfloat16: ("losses", 2e-2)}  # in bfloat16 one token may go to another expert
VERSION = tuple(int(part) for part in transformers.__version__.split(".")[:2])


def auto(config):
    return transformers.AutoModelForImageTextToText if text_config(config)[1] else transformers.AutoModelForCausalLM


def config_of(folder):
    """The configuration as transformers reads it. A family's default padding token may lie beyond the golden models' small vocabulary."""
    config = transformers.AutoConfig.from_pretrained(folder)
    if (getattr(config, "pad_token_id", None) or 0) >= config.get_text_config().vocab_size:
        config.pad_token_id = None
    return config


def theirs(folder, dtype):
    options = {"dtype" if VERSION >= (4, 56) else "torch_dtype": dtype}
    return auto(read_config(folder)).from_pretrained(folder, config=config_of(folder), attn_implementation="eager", **options).eval()


def make(folder, config_folder):
    """A model of transformers' own making, with weights and norms large enough that every trait matters."""
    config = config_of(config_folder)
    torch.manual_seed(0)
    model = auto(read_config(config_folder)).from_config(config).float()
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape)
            if "norm" in name:
                p.add_(0.1 * noise)
            else:
                p.copy_(0.3 * noise)
    model.bfloat16().save_pretrained(folder)


@torch.no_grad()
def logits_of(model, rows):
    result = []
    for ids, labels, mask in batches(rows, 4):
        output = model(input_ids=ids, attention_mask=mask, use_cache=False).logits if hasattr(model, "config") else model(ids, mask)
        result.append((output.float(), labels, mask))
    return result


def losses_of(logits):
    totals, tokens = {"sft": 0.0, "dft": 0.0}, 0
    for output, labels, _ in logits:
        losses, _ = token_losses(output, None, labels, 0.0, "forward", list(totals))
        tokens += len(losses["sft"])
        for mode in totals:
            totals[mode] += losses[mode].double().sum().item()
    return dict(tokens=tokens, **{mode: total / tokens for mode, total in totals.items()})


def apart(a, b):
    """The largest differences of two models' answers: of a logit, and of a mean loss."""
    logits = max((x[mask == 1] - y[mask == 1]).abs().max().item() for (x, _, mask), (y, _, _) in zip(a, b))
    first, second = losses_of(a), losses_of(b)
    return dict(logits=logits, losses=max(abs(first[mode] - second[mode]) for mode in ("sft", "dft")))


def compare(what, folder, rows):
    agree = True
    for dtype, (measure, limit) in TOLERANCE.items():
        expected = logits_of(theirs(folder, dtype), rows)
        differences = apart(logits_of(load_model(folder, dtype).eval(), rows), expected)
        good = differences[measure] <= limit
        agree &= good
        print(f"{what:40s} {str(dtype).removeprefix('torch.'):9s} logits {differences['logits']:.1e}  losses {differences['losses']:.1e}"
              f"  {'agree' if good else f'DISAGREE: at most {limit} of {measure}'}", flush=True)
        if not good:
            explain(folder, dtype, rows, expected, measure, limit)
    return agree


def explain(folder, dtype, rows, expected, measure, limit):
    """Says which single trait, when the reference leaves it out, brings the two together."""
    for name, changed in leave_out(read_traits(read_config(folder))).items():
        if apart(logits_of(load_model(folder, dtype, changed).eval(), rows), expected)[measure] <= limit:
            print(f"    transformers {transformers.__version__} computes as the reference does without {name}")
            if name == "rotary by layer type":
                print("    For OLMo 3 that is a known fault of transformers 5.0 to 5.12 (its pull request 45945): FAMILIES.md.")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--write", metavar="OUT")
    p.add_argument("families", nargs="*")
    a = p.parse_args()
    rows = read_rows(os.path.join(GOLDEN, "encoded.jsonl"))
    families = a.families or sorted(d for d in os.listdir(GOLDEN) if os.path.exists(os.path.join(GOLDEN, d, "config.json")))
    agree = True
    with tempfile.TemporaryDirectory() as temporary:
        for family in families:
            golden, made = os.path.join(GOLDEN, family), os.path.join(a.write or temporary, family)
            agree &= compare(f"{family}, the golden model", golden, rows)
            make(made, golden)
            agree &= compare(f"{family}, transformers' own", made, rows)
            if a.write:
                answers = logits_of(theirs(made, torch.float32), rows)
                with open(os.path.join(made, "golden.json"), "w") as file:
                    json.dump(dict(transformers=transformers.__version__, score=losses_of(answers)), file, indent=1)
    sys.exit(not agree)


if __name__ == "__main__":
    main()
