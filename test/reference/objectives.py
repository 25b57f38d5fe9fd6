"""The losses of ASFT, plainly: per labelled token, over the whole vocabulary."""
import json

import torch
import torch.nn.functional as F

MODES = ["sft", "dft", "sft+kl", "asft"]


def read_rows(path):
    with open(path) as file:
        return [json.loads(line) for line in file if line.strip()]


def batches(rows, size):
    """ids, labels (-100 where not trained on) and attention mask of so many rows at a time, padded at the end. (B, T) each"""
    for start in range(0, len(rows), size):
        batch = rows[start:start + size]
        T = max(len(row["input_ids"]) for row in batch)
        ids, mask = torch.zeros(len(batch), T, dtype=torch.long), torch.zeros(len(batch), T, dtype=torch.long)
        labels = torch.full((len(batch), T), -100)
        for i, row in enumerate(batch):
            n = len(row["input_ids"])
            ids[i, :n], labels[i, :n], mask[i, :n] = torch.tensor(row["input_ids"]), torch.tensor(row["labels"]), 1
        yield ids, labels, mask


def token_losses(logits, reference, labels, kl_weight, kl, modes):
    """Per labelled token: {mode: loss}, and the KL itself."""
    V = logits.size(-1)
    logits, labels = logits[..., :-1, :].contiguous().view(-1, V), labels[..., 1:].contiguous().view(-1)
    counted, losses, divergence = labels != -100, {}, None
    cross_entropy = F.cross_entropy(logits, labels, reduction="none")
    if {"dft", "asft"} & set(modes):
        weight = torch.softmax(logits, -1).gather(1, labels.clamp(0, V - 1)[:, None]).squeeze(1).detach()
    if {"sft+kl", "asft"} & set(modes):
        log_p, log_q = F.log_softmax(logits, -1), F.log_softmax(reference[..., :-1, :].contiguous().view(-1, V), -1)
        divergence = F.kl_div(log_p, log_q.exp(), reduction="none").sum(-1) if kl == "forward" else (log_p.exp() * (log_p - log_q)).sum(-1)
    for mode in modes:
        loss = cross_entropy * weight if mode in ("dft", "asft") else cross_entropy
        losses[mode] = (loss + (kl_weight * divergence if mode in ("sft+kl", "asft") else 0))[counted]
    return losses, (divergence[counted] if divergence is not None else None)
