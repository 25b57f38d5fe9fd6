"""How each trait of a family is taken away, so that a test can tell whether a golden number depends on it."""
import math
from dataclasses import replace

from traits import GEMMA_NORMS, OLMO_NORMS

LONGEST_ROW = 64  # of the golden rows: a longer window hides nothing


def leave_out(traits):
    """{name of a trait: the traits without it}, of those that make this model differ from a plain one."""
    ways = {name: way(traits) for name, way in WAYS.items()}
    return {name: changed for name, changed in ways.items() if changed != traits}


def _rotary(traits, change):
    return replace(traits, rotary=tuple(r and change(r) for r in traits.rotary))


def _experts(traits, change):
    return replace(traits, experts=tuple(e and change(e) for e in traits.experts))


def _full_rotary(traits):
    def widen(r):  # a divisor for each frequency that there is then: the last one again
        missing = (traits.head_dim - r.dim) // 2
        return replace(r, dim=traits.head_dim, short=r.short + r.short[-1:] * missing, long=r.long + r.long[-1:] * missing)
    return _rotary(traits, widen)


def _one_rotary(traits):
    """Every layer turns as the layers do that see the whole context."""
    seeing_all = [r for r, window in zip(traits.rotary, traits.windows) if window is None]
    return replace(traits, rotary=(seeing_all[-1],) * len(traits.rotary)) if seeing_all and None not in traits.rotary else traits


def _norms_before(traits):
    return replace(traits, norms=(OLMO_NORMS[1], None, OLMO_NORMS[3], None)) if traits.norms == OLMO_NORMS else traits


def _norms_after(traits):
    return replace(traits, norms=(GEMMA_NORMS[0], None, GEMMA_NORMS[2], None)) if traits.norms == GEMMA_NORMS else traits


WAYS = {
    "the embedding's multiplier": lambda t: replace(t, embedding_scale=1.0),
    "the attention scale": lambda t: replace(t, scale=1 / math.sqrt(t.head_dim)),
    "the residual multiplier": lambda t: replace(t, residual_scale=1.0),
    "the logits' divisor": lambda t: replace(t, logit_divisor=1.0),
    "the soft cap of attention scores": lambda t: replace(t, score_cap=0.0),
    "the soft cap of logits": lambda t: replace(t, logit_cap=0.0),
    "the query scale by position": lambda t: replace(t, query_beta=0.0),
    "the windows": lambda t: replace(t, windows=tuple(w if w and w > LONGEST_ROW else None for w in t.windows)),
    "windows on some layers only": lambda t: replace(t, windows=(max(w or 0 for w in t.windows) or None,) * len(t.windows)),
    "the rotary scaling": lambda t: _rotary(t, lambda r: replace(r, kind="default", attention_factor=1.0)),
    "the rotary attention factor": lambda t: _rotary(t, lambda r: replace(r, attention_factor=1.0)),
    "mscale of yarn": lambda t: _rotary(t, lambda r: replace(r, attention_factor=0.1 * math.log(r.factor) + 1) if r.kind == "yarn" else r),
    "long factors apart from short ones": lambda t: _rotary(t, lambda r: replace(r, short=r.long, long=r.short)),
    "rotary by layer type": _one_rotary,
    "partial rotary": _full_rotary,
    "the norms of queries and keys": lambda t: replace(t, qk_norm="none"),
    "query and key norms over all heads": lambda t: replace(t, qk_norm="slices") if t.qk_norm == "projection" else t,
    "the norms after attention and feed-forward": _norms_after,
    "norms after instead of before": _norms_before,
    "1 + w in norms": lambda t: replace(t, norm_offset=0.0),
    "GELU": lambda t: replace(t, activation="silu"),
    "gate before up": lambda t: replace(t, gate_first=False) if t.fused else t,
    "the choice of experts": lambda t: _experts(t, lambda e: replace(e, per_token=e.count)),
    "the experts' weights": lambda t: _experts(t, lambda e: replace(e, equal=True)),
    "the sum of the experts' weights": lambda t: _experts(t, lambda e: replace(e, renormalise=not e.renormalise)),
}
