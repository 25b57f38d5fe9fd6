"""One decoder, of which every family is a set of options (traits.py). Plain on purpose: no cache, no packing, no fused kernel.

A layer is two residual branches, each x + residual_scale · norm_after(body(norm_before(x))), either norm optional:
  Llama, Qwen, Mistral, Phi, Granite   before only
  OLMo 2 and 3                         after only
  Gemma 2 and 3                        both
Parameters have the names that Hugging Face gives them: model.layers.0.self_attn.q_proj.weight, lm_head.weight, ...
"""
import glob
import json
import os

import torch
import torch.nn as nn
import torch.nn.functional as F

from rotary import rotate
from tensors import read_safetensors
from traits import read_traits, text_config


class RMSNorm(nn.Module):
    def __init__(self, size, t, slices=1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps, self.offset, self.rounds_last, self.slices = t.eps, t.norm_offset, t.norm_rounds_last, slices

    def forward(self, x):
        y = x.float()
        if self.slices > 1:
            y = y.unflatten(-1, (self.slices, -1))
        y = (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.eps)).view(x.shape)
        if self.rounds_last:
            return (y * (self.offset + self.weight.float())).to(x.dtype)
        return self.weight * y.to(x.dtype)


class Attention(nn.Module):
    def __init__(self, t):
        super().__init__()
        self.t = t
        queries, keys = t.heads * t.head_dim, t.kv_heads * t.head_dim
        if t.fused:
            self.qkv_proj = nn.Linear(t.hidden, queries + 2 * keys, bias=t.qkv_bias)
        else:
            self.q_proj = nn.Linear(t.hidden, queries, bias=t.qkv_bias)
            self.k_proj = nn.Linear(t.hidden, keys, bias=t.qkv_bias)
            self.v_proj = nn.Linear(t.hidden, keys, bias=t.qkv_bias)
        self.o_proj = nn.Linear(queries, t.hidden, bias=t.output_bias)
        if t.qk_norm == "head":
            self.q_norm, self.k_norm = RMSNorm(t.head_dim, t), RMSNorm(t.head_dim, t)
        elif t.qk_norm != "none":
            slices = t.qk_norm == "slices"
            self.q_norm = RMSNorm(queries, t, t.heads if slices else 1)
            self.k_norm = RMSNorm(keys, t, t.kv_heads if slices else 1)

    def forward(self, x, tables, mask):
        t, (B, T, _) = self.t, x.shape
        queries, keys = t.heads * t.head_dim, t.kv_heads * t.head_dim
        q, k, v = self.qkv_proj(x).split((queries, keys, keys), -1) if t.fused else (self.q_proj(x), self.k_proj(x), self.v_proj(x))
        if t.qk_norm in ("projection", "slices"):
            q, k = self.q_norm(q), self.k_norm(k)
        q, k, v = (y.view(B, T, -1, t.head_dim) for y in (q, k, v))
        if t.qk_norm == "head":
            q, k = self.q_norm(q), self.k_norm(k)
        q, k, v = (y.transpose(1, 2) for y in (q, k, v))  # (B, H, T, D)
        if tables is not None:
            q, k = rotate(q, *tables), rotate(k, *tables)
        if t.query_beta:
            positions = torch.arange(T, dtype=torch.float32)
            q = q * (1 + t.query_beta * torch.log(1 + torch.floor(positions / t.query_span))).to(q.dtype)[:, None]
        k, v = (y.repeat_interleave(t.heads // t.kv_heads, 1) for y in (k, v))
        scores = q @ k.transpose(-1, -2) * t.scale
        if t.score_cap:
            scores = torch.tanh(scores / t.score_cap) * t.score_cap
        weights = torch.softmax(scores + mask, -1, dtype=torch.float32).to(q.dtype)
        return self.o_proj((weights @ v).transpose(1, 2).reshape(B, T, -1))


ACTIVATIONS = {"silu": F.silu, "gelu": F.gelu, "gelu_tanh": lambda x: F.gelu(x, approximate="tanh")}


class FeedForward(nn.Module):
    """down(act(gate(x)) · up(x)); names are the three projections' in the checkpoint, where they are not fused."""

    def __init__(self, t, intermediate, names=("gate_proj", "up_proj", "down_proj")):
        super().__init__()
        self.t, self.names = t, names
        gate, up, down = names
        if t.fused:
            self.gate_up_proj = nn.Linear(t.hidden, 2 * intermediate, bias=False)
        else:
            setattr(self, gate, nn.Linear(t.hidden, intermediate, bias=False))
            setattr(self, up, nn.Linear(t.hidden, intermediate, bias=False))
        setattr(self, down, nn.Linear(intermediate, t.hidden, bias=False))

    def forward(self, x):
        gate, up, down = (getattr(self, name, None) for name in self.names)
        g, u = self.gate_up_proj(x).chunk(2, -1) if self.t.fused else (gate(x), up(x))
        if not self.t.gate_first:
            g, u = u, g
        return down(ACTIVATIONS[self.t.activation](g) * u)


class MixtureOfExperts(nn.Module):
    def __init__(self, t, experts):
        super().__init__()
        self.e = experts
        self.gate = nn.Linear(t.hidden, experts.count, bias=False)
        self.experts = nn.ModuleList(FeedForward(t, experts.intermediate, experts.projections) for _ in range(experts.count))

    def forward(self, x):
        rows = x.reshape(-1, x.shape[-1])
        weights, chosen = torch.softmax(self.gate(rows), -1, dtype=torch.float32).topk(self.e.per_token, -1)
        if self.e.renormalise:
            weights = weights / weights.sum(-1, keepdim=True)
        if self.e.equal:
            weights = torch.full_like(weights, 1 / self.e.per_token)
        weights, output = weights.to(x.dtype), torch.zeros_like(rows)
        for number, expert in enumerate(self.experts):
            row, place = (chosen == number).nonzero(as_tuple=True)
            output = output.index_add(0, row, expert(rows[row]) * weights[row, place, None])
        return output.view_as(x)


class Layer(nn.Module):
    def __init__(self, t, number):
        super().__init__()
        self.t, experts = t, t.experts[number]
        self.block = experts.block if experts else "mlp"
        self.self_attn = Attention(t)
        setattr(self, self.block, MixtureOfExperts(t, experts) if experts else FeedForward(t, t.intermediate))
        for name in filter(None, t.norms):
            setattr(self, name, RMSNorm(t.hidden, t))

    def forward(self, x, tables, mask):
        before_attention, after_attention, before_block, after_block = (getattr(self, n) if n else nn.Identity() for n in self.t.norms)
        scale = self.t.residual_scale
        add = after_attention(self.self_attn(before_attention(x), tables, mask))
        x = x + (add if scale == 1 else add * scale)
        add = after_block(getattr(self, self.block)(before_block(x)))
        return x + (add if scale == 1 else add * scale)


class Decoder(nn.Module):
    def __init__(self, t):
        super().__init__()
        self.embed_tokens = nn.Embedding(t.vocabulary, t.hidden)
        self.layers = nn.ModuleList(Layer(t, number) for number in range(len(t.windows)))
        self.norm = RMSNorm(t.hidden, t)


class CausalLM(nn.Module):
    def __init__(self, t):
        super().__init__()
        self.t, self.model = t, Decoder(t)
        self.lm_head = nn.Linear(t.hidden, t.vocabulary, bias=False)
        if t.tied:
            self.lm_head.weight = self.model.embed_tokens.weight

    def forward(self, ids, attention_mask):
        """ids and attention_mask (1 for a token, 0 for padding at the end): (B, T). The logits: (B, T, V)"""
        t, T = self.t, ids.shape[1]
        x = self.model.embed_tokens(ids)
        if t.embedding_scale != 1:
            x = x * (torch.tensor(t.embedding_scale).to(x.dtype) if t.embedding_scale_rounded else t.embedding_scale)
        masks = {window: self._mask(T, window, attention_mask, x.dtype) for window in set(t.windows)}
        tables = {rotary: self._tables(rotary, T, x.dtype) for rotary in set(t.rotary)}
        for layer, rotary, window in zip(self.model.layers, t.rotary, t.windows):
            x = layer(x, tables[rotary], masks[window])
        logits = self.lm_head(self.model.norm(x))
        if t.logit_divisor != 1:
            logits = logits / t.logit_divisor
        return torch.tanh(logits / t.logit_cap) * t.logit_cap if t.logit_cap else logits

    def _tables(self, rotary, T, dtype):
        if rotary is None:
            return None
        return tuple(table if self.t.rotary_in_float32 else table.to(dtype) for table in rotary.tables(T))

    @staticmethod
    def _mask(T, window, attention_mask, dtype):
        back = torch.arange(T)[:, None] - torch.arange(T)[None, :]
        hidden = (back < 0) if window is None else (back < 0) | (back >= window)
        hidden = hidden[None, None] | (attention_mask[:, None, None, :] == 0)
        return torch.zeros(hidden.shape, dtype=dtype).masked_fill(hidden, torch.finfo(dtype).min)


def read_config(folder):
    with open(os.path.join(folder, "config.json")) as file:
        return json.load(file)


def build(traits, dtype=torch.float32):
    torch.set_default_dtype(dtype)
    try:
        return CausalLM(traits)
    finally:
        torch.set_default_dtype(torch.float32)


def text_name(name):
    """A text model's name of a tensor, by whichever of its two names in a larger model: transformers 4.52 turned them round."""
    return name.replace("model.language_model.", "model.", 1) if name.startswith("model.") else name.removeprefix("language_model.")


def load_model(folder, dtype, traits=None):
    """The model of a folder; with other traits than its own, tensors that they do without are left aside."""
    config = read_config(folder)
    own = read_traits(config)
    model = build(traits or own, dtype)
    weights = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.safetensors"))):
        weights.update({text_name(name): tensor.to(dtype) for name, tensor in read_safetensors(path).items()})
    if text_config(config)[1]:  # what belongs to pictures
        weights = {name: tensor for name, tensor in weights.items() if name.startswith(("model.embed", "model.layers", "model.norm", "lm_head"))}
    if own.tied:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    if traits is not None:
        weights = {name: tensor for name, tensor in weights.items() if name in model.state_dict()}
    model.load_state_dict(weights, strict=True)
    return model
