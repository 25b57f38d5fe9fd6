"""Rotary position embedding (arXiv 2104.09864) and the ways in which models stretch it to longer contexts."""
import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Rotary:
    """How the first `dim` numbers of every query and key head turn with their position.

    `kind` is transformers' rope_type: default, linear, llama3 (Llama 3.1), yarn (arXiv 2309.00071) or longrope (arXiv 2402.13753).
    """
    dim: int
    theta: float
    kind: str = "default"
    factor: float = 1.0             # how many times longer the context became
    original: int = 0               # the positions that the model was trained on before that
    attention_factor: float = 1.0   # multiplies cosine and sine
    low_freq_factor: float = 1.0    # llama3
    high_freq_factor: float = 4.0   # llama3
    beta_fast: float = 32.0         # yarn: from so many turns within `original` on, a frequency stays as it is
    beta_slow: float = 1.0          # yarn: up to so many turns it is divided by `factor`
    truncate: bool = True           # yarn: the two limits are rounded outwards to whole frequencies
    short: tuple = ()               # longrope: a divisor per frequency, for sequences up to `original`
    long: tuple = ()                # longrope: the same for longer ones

    def frequencies(self, length):
        """The angle that each pair of numbers turns per position, for a batch padded to `length`. (dim / 2)"""
        period = self.theta ** (torch.arange(0, self.dim, 2, dtype=torch.float32) / self.dim)
        inverse = 1.0 / period
        if self.kind == "default":
            return inverse
        if self.kind == "linear":
            return inverse / self.factor
        if self.kind == "llama3":
            return self._llama3(inverse)
        if self.kind == "yarn":
            return self._yarn(inverse, 1.0 / (self.factor * period))
        if self.kind == "longrope":
            return 1.0 / (torch.tensor(self.long if length > self.original else self.short, dtype=torch.float32) * period)
        raise ValueError(f"rope_type {self.kind}: expected default, linear, llama3, yarn or longrope")

    def _llama3(self, inverse):
        wavelength = 2 * math.pi / inverse
        smooth = (self.original / wavelength - self.low_freq_factor) / (self.high_freq_factor - self.low_freq_factor)
        between = (1 - smooth) * inverse / self.factor + smooth * inverse
        return torch.where(wavelength > self.original / self.low_freq_factor, inverse / self.factor,
                           torch.where(wavelength < self.original / self.high_freq_factor, inverse, between))

    def _yarn(self, inverse, stretched):
        def index_at(turns):  # the frequency, counted from the fastest, that turns so often within the original context
            return self.dim * math.log(self.original / (turns * 2 * math.pi)) / (2 * math.log(self.theta))
        low, high = index_at(self.beta_fast), index_at(self.beta_slow)
        if self.truncate:
            low, high = math.floor(low), math.ceil(high)
        low, high = max(low, 0), min(high, self.dim - 1)
        ramp = ((torch.arange(self.dim // 2, dtype=torch.float32) - low) / max(high - low, 0.001)).clamp(0, 1)
        return stretched * ramp + inverse * (1 - ramp)

    def tables(self, length):
        """Cosine and sine of every position in float32, both halves alike. (length, dim) each"""
        angles = torch.outer(torch.arange(length, dtype=torch.float32), self.frequencies(length))
        angles = torch.cat((angles, angles), -1)
        return angles.cos() * self.attention_factor, angles.sin() * self.attention_factor


def rotate(x, cos, sin):
    """Turns the pairs (i, i + dim/2) of the first dim numbers of each head; the rest of a head passes. x: (B, H, T, D)"""
    dim = cos.shape[-1]
    turned, rest = x[..., :dim], x[..., dim:]
    half = dim // 2
    swapped = torch.cat((-turned[..., half:], turned[..., :half]), -1)
    turned = (turned * cos + swapped * sin).to(x.dtype)
    return torch.cat((turned, rest), -1) if rest.shape[-1] else turned


def read_rotary(c, dim, layer_type=None):
    """From a configuration with its defaults; layer_type is sliding_attention or full_attention where a family tells them apart.

    Both spellings: rope_theta and rope_scaling (transformers 4), and rope_parameters (5), which may have an entry per layer type.
    """
    entry = dict(c.get("rope_parameters") or c.get("rope_scaling") or {})
    by_type = "full_attention" in entry or "sliding_attention" in entry
    if by_type:
        entry = dict(entry[layer_type])
    elif layer_type == "sliding_attention":  # only layers that see the whole context were stretched
        entry = {key: value for key, value in entry.items() if key == "rope_theta"}
    theta = entry.get("rope_theta", c["rope_theta"])
    if layer_type == "sliding_attention" and not by_type:
        theta = c.get("rope_local_base_freq", theta)
    kind = entry.get("rope_type", entry.get("type", "default"))
    if c["model_type"] == "phi3" and kind in ("su", "yarn"):  # what the first Phi-3 checkpoints called it
        kind = "longrope"
    if kind == "default":
        return Rotary(dim, theta)
    original = entry.get("original_max_position_embeddings") or c.get("original_max_position_embeddings") or c["max_position_embeddings"]
    factor = entry.get("factor") or c["max_position_embeddings"] / original
    known = ("low_freq_factor", "high_freq_factor", "beta_fast", "beta_slow", "truncate")
    return Rotary(dim, theta, kind, factor, original, _attention_factor(entry, kind, factor, original),
                  short=tuple(entry.get("short_factor", ())), long=tuple(entry.get("long_factor", ())),
                  **{key: entry[key] for key in known if entry.get(key) is not None})


def _attention_factor(entry, kind, factor, original):
    if entry.get("attention_factor") is not None:
        return entry["attention_factor"]
    if kind == "yarn":
        def scale(weight):
            return 1.0 if factor <= 1 else 0.1 * weight * math.log(factor) + 1.0
        if entry.get("mscale") and entry.get("mscale_all_dim"):
            return scale(entry["mscale"]) / scale(entry["mscale_all_dim"])
        return scale(1.0)
    if kind == "longrope":
        return 1.0 if factor <= 1 else math.sqrt(1 + math.log(factor) / math.log(original))
    return 1.0
