"""LoRA (arXiv 2106.09685), in the names and files of PEFT."""
import json
import math
import os

import torch
import torch.nn as nn
import torch.nn.functional as F

from tensors import read_safetensors, write_safetensors


class LoRALinear(nn.Module):
    """y = W x + b + (alpha/r) B A dropout(x); A, B kept in float32 as PEFT does for a bf16 base."""

    def __init__(self, base, r, alpha, dropout):
        super().__init__()
        self.base, self.on, self.scale, self.dropout = base, True, alpha / r, nn.Dropout(dropout)
        self.lora_A = nn.Parameter(torch.empty(r, base.in_features))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, r))
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))

    def forward(self, x):
        y = self.base(x)
        if self.on:
            y = y + (F.linear(F.linear(self.dropout(x.to(self.lora_A.dtype)), self.lora_A), self.lora_B) * self.scale).to(y.dtype)
        return y


def add_lora(model, r, alpha, dropout, targets=("q_proj", "v_proj")):
    """{path of a projection: its adapter}, for every projection whose name is a target. The rest of the model is frozen."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    adapters = {}
    for path, module in list(model.named_modules()):
        for target in targets:
            if isinstance(getattr(module, target, None), nn.Linear):
                adapters[f"{path}.{target}"] = LoRALinear(getattr(module, target), r, alpha, dropout)
                setattr(module, target, adapters[f"{path}.{target}"])
    return adapters


def switch(adapters, on):
    for adapter in adapters.values():
        adapter.on = on


def peft_path(path, prefix):
    """Where PEFT finds a projection: the text part of a larger model has been model.language_model since transformers 4.52."""
    return "base_model.model." + (path.replace("model.", "model.language_model.", 1) if prefix else path)


def load_adapter(model, folder, prefix=""):
    with open(os.path.join(folder, "adapter_config.json")) as file:
        config = json.load(file)
    tensors = read_safetensors(os.path.join(folder, "adapter_model.safetensors"))
    adapters = add_lora(model, config["r"], config["lora_alpha"], config.get("lora_dropout", 0.0), tuple(config["target_modules"]))
    for path, adapter in adapters.items():
        adapter.lora_A.data = tensors.pop(f"{peft_path(path, prefix)}.lora_A.weight").float()
        adapter.lora_B.data = tensors.pop(f"{peft_path(path, prefix)}.lora_B.weight").float()
        if config.get("use_rslora"):
            adapter.scale = config["lora_alpha"] / math.sqrt(config["r"])
    if tensors:
        raise ValueError(f"adapter tensors without a module: {list(tensors)[:3]}")
    return adapters


def save_adapter(adapters, folder, r, alpha, dropout, targets, prefix=""):
    os.makedirs(folder, exist_ok=True)
    tensors = {}
    for path, adapter in adapters.items():
        tensors[f"{peft_path(path, prefix)}.lora_A.weight"] = adapter.lora_A
        tensors[f"{peft_path(path, prefix)}.lora_B.weight"] = adapter.lora_B
    write_safetensors(os.path.join(folder, "adapter_model.safetensors"), tensors)
    with open(os.path.join(folder, "adapter_config.json"), "w") as file:
        json.dump(dict(peft_type="LORA", r=r, lora_alpha=alpha, lora_dropout=dropout, target_modules=list(targets),
                       task_type="CAUSAL_LM", bias="none"), file)
