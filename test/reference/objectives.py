"""The losses of ASFT, plainly: per labelled token, over the whole vocabulary."""
import json
import math

import torch
import torch.nn.functional as F

MODES = ["sft", "dft", "sft+kl", "asft"]      # those of every golden.json
ANCHORED = {"sft+kl", "asft"}
HIGHEST = {"iw-sft": 16.0}                    # weights are clipped to it, as the authors of iw-SFT do


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


def entropy_gate(logits):
    """EAFT's weight: the entropy of the 20 likeliest tokens, renormalized, by its maximum."""
    top = torch.softmax(torch.topk(logits, 20, dim=-1).values, -1)
    return -(top * top.log()).sum(-1) / math.log(20)


def importance(cross_entropy, reference_cross_entropy, counted):
    """iw-SFT's weight of each row, for all of its tokens: exp of the mean of log p - log q over the labelled ones. (B, T)"""
    ratio = torch.where(counted, reference_cross_entropy - cross_entropy, torch.zeros_like(cross_entropy))
    return (ratio.sum(1, keepdim=True) / counted.sum(1, keepdim=True)).exp().expand_as(cross_entropy)


def token_losses(logits, reference, labels, kl_weight, kl, modes, clip_min=0.0, clip_max=math.inf):
    """Per labelled token: {mode: loss}, and the KL itself. Weights other than 1 are clipped."""
    logits, labels = logits[..., :-1, :], labels[..., 1:]
    reference = None if reference is None else reference[..., :-1, :]
    counted, losses, divergence = labels != -100, {}, None

    def label_losses(scores):
        return F.cross_entropy(scores.transpose(1, 2), labels, reduction="none")                  # (B, T)

    cross_entropy = label_losses(logits)
    if ANCHORED & set(modes):
        log_p, log_q = F.log_softmax(logits, -1), F.log_softmax(reference, -1)
        divergence = F.kl_div(log_p, log_q.exp(), reduction="none").sum(-1) if kl == "forward" else (log_p.exp() * (log_p - log_q)).sum(-1)
    for mode in modes:
        with torch.no_grad():
            if mode in ("dft", "asft"):
                weight = torch.softmax(logits, -1).gather(2, labels.clamp(min=0)[..., None]).squeeze(2)
            elif mode == "eaft":
                weight = entropy_gate(logits)
            elif mode == "iw-sft":
                weight = importance(cross_entropy, label_losses(reference), counted)
            else:
                weight = torch.ones_like(cross_entropy)
            weight = weight.clamp(clip_min, min(clip_max, HIGHEST.get(mode, math.inf)))
        losses[mode] = (cross_entropy * weight + (kl_weight * divergence if mode in ANCHORED else 0))[counted]
    return losses, (divergence[counted] if divergence is not None else None)
