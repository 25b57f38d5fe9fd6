#!/usr/bin/env python3
"""The peer of the GPU proof: transformers + PEFT with the loss of the official ASFT code, on the rows and the shape that the program gets.

  peer.py train  --model FOLDER --rows FILE --device cuda --attention sdpa [--checkpointing]
  peer.py decode --model FOLDER --device cuda --batch 8 --tokens 128
  peer.py train  --stand-in ...     test/reference's PyTorch implementation instead, where transformers is missing

Writes one line of JSON. Exit code 3 says that a package is missing, and the last line of the errors which.
"""
import argparse
import json
import os
import sys
import time


def leave(error):
    """Ends the process: a package is missing."""
    print(f"{error.name} is missing", file=sys.stderr)
    sys.exit(3)


try:
    import torch
except ImportError as missing:
    leave(missing)

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "test", "reference"))
from objectives import batches, read_rows, token_losses  # noqa: E402

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
KL_WEIGHT = 0.05


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("command", choices=["train", "decode"])
    p.add_argument("--model", required=True)
    p.add_argument("--rows")
    p.add_argument("--device", default="cpu")
    p.add_argument("--dtype", default="bfloat16", choices=DTYPES)
    p.add_argument("--attention", default="sdpa", choices=["sdpa", "eager"])
    p.add_argument("--checkpointing", action="store_true")
    p.add_argument("--stand-in", action="store_true")
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--steps", type=int, default=6)
    p.add_argument("--tokens", type=int, default=128)
    return p


def from_transformers(a):
    """A decoder with random weights. Its class is that of the configuration."""
    try:
        from transformers import AutoConfig, AutoModelForCausalLM
    except ImportError as error:
        leave(error)
    with torch.device(a.device):
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(a.model), attn_implementation=a.attention, dtype=DTYPES[a.dtype])
    return model.to(DTYPES[a.dtype])


def policy_and_reference(a):
    """Two functions (ids, mask) → logits, and the trained parameters."""
    if a.stand_in:
        from decoder import build, read_config
        from lora import add_lora, switch
        from traits import read_traits
        model = build(read_traits(read_config(a.model)), DTYPES[a.dtype])
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.normal_(0, 0.02) if parameter.dim() > 1 else None
        adapters = add_lora(model, 8, 16, 0.0)

        def reference(ids, mask):
            switch(adapters, False)
            logits = model(ids, mask)
            switch(adapters, True)
            return logits

        return model.train(), reference, [p for p in model.parameters() if p.requires_grad]
    model = from_transformers(a)
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        leave(error)
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, lora_dropout=0.0, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    if a.checkpointing:
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model.train()

    def policy(ids, mask):
        return model(input_ids=ids, attention_mask=mask, use_cache=False).logits

    def reference(ids, mask):
        with model.disable_adapter():
            return policy(ids, mask)

    return policy, reference, [p for p in model.parameters() if p.requires_grad]


def train(a):
    torch.manual_seed(1)
    policy, reference, trained = policy_and_reference(a)
    optimizer = torch.optim.AdamW(trained, lr=5e-4, weight_decay=0.0, **({"fused": True} if a.device.startswith("cuda") else {}))
    rows = read_rows(a.rows)
    losses, seconds, tokens = [], [], []
    while len(losses) < a.steps:
        for batch in batches(rows, a.batch):
            if len(losses) == a.steps:
                break
            tokens.append(int(batch[2].sum()))
            started = time.time()
            ids, labels, mask = (tensor.to(a.device) for tensor in batch)
            with torch.no_grad():
                anchor = reference(ids, mask)
            loss = token_losses(policy(ids, mask), anchor, labels, KL_WEIGHT, "forward", ["asft"])[0]["asft"].mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())          # waits for the device
            seconds.append(time.time() - started)
    return dict(losses=losses, seconds=seconds, tokens=tokens)


def decode(a):
    model = from_transformers(a).eval()
    ids = torch.randint(3, model.config.vocab_size, (a.batch, 32), device=a.device)

    def run(count):
        started = time.time()
        model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), min_new_tokens=count, max_new_tokens=count, do_sample=False, pad_token_id=0)
        if a.device.startswith("cuda"):
            torch.cuda.synchronize()
        return time.time() - started

    with torch.no_grad():
        run(4)
        first, all_tokens = run(1), run(a.tokens + 1)
    return dict(seconds=all_tokens - first, tokens=a.batch * a.tokens, tokensPerSecond=a.batch * a.tokens / (all_tokens - first))


if __name__ == "__main__":
    arguments = parser().parse_args()
    result = {"train": train, "decode": decode}[arguments.command](arguments)
    result["torch"] = torch.__version__
    if arguments.device.startswith("cuda"):
        result["allocatedMb"] = torch.cuda.max_memory_allocated() / 2**20
    print(json.dumps(result))
