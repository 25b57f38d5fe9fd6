"""What sets one family of decoders apart from another, as options of the one decoder in decoder.py.

read_traits turns a config.json into these options: a function per family, of what differs from Llama. FAMILIES.md has the formulas.
"""
import math
from dataclasses import dataclass, replace

from rotary import read_rotary

LLAMA_NORMS = ("input_layernorm", None, "post_attention_layernorm", None)
GEMMA_NORMS = ("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm")
OLMO_NORMS = (None, "post_attention_layernorm", None, "post_feedforward_layernorm")


@dataclass(frozen=True)
class Experts:
    """A feed-forward of several experts, of which every token uses some."""
    count: int
    per_token: int
    intermediate: int
    renormalise: bool                # the chosen experts' weights are divided by their sum
    block: str = "mlp"               # what the checkpoint calls the block, and an expert's gate, up and down projection
    projections: tuple = ("gate_proj", "up_proj", "down_proj")
    equal: bool = False              # the chosen experts weigh the same; no family does that


@dataclass(frozen=True)
class Traits:
    vocabulary: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    eps: float
    tied: bool
    rotary: tuple                    # per layer: Rotary, or None for a layer without positions
    windows: tuple                   # per layer: how many tokens a token sees, itself included; None for all before it
    experts: tuple                   # per layer: Experts, or None for one feed-forward
    scale: float                     # of query · key
    qkv_bias: bool = False
    output_bias: bool = False
    fused: bool = False              # qkv_proj and gate_up_proj
    gate_first: bool = True          # the order in gate_up_proj
    norms: tuple = LLAMA_NORMS       # before and after attention, before and after the feed-forward
    norm_offset: float = 0.0         # a norm multiplies by offset + weight
    norm_rounds_last: bool = False   # a norm rounds to the model's type after the weight, not before it
    qk_norm: str = "none"            # head: each head's queries and keys; projection: all heads together; slices: each head, all weights
    rotary_in_float32: bool = False  # queries and keys turn by float32 cosines and are rounded after
    query_beta: float = 0.0          # queries grow with their position: 1 + beta · ln(1 + floor(position / query_span))
    query_span: int = 1
    score_cap: float = 0.0           # cap · tanh(score / cap) where it is not 0; the same for logits
    logit_cap: float = 0.0
    activation: str = "silu"         # or gelu_tanh, gelu
    embedding_scale: float = 1.0
    embedding_scale_rounded: bool = False  # to the model's type before it multiplies
    residual_scale: float = 1.0      # of what attention and the feed-forward add
    logit_divisor: float = 1.0


# What transformers' configuration classes take where a key is absent. A key that is there with null stands for null.
COMMON = dict(rms_norm_eps=1e-6, rope_theta=10000.0, tie_word_embeddings=False, max_position_embeddings=2048)
DEFAULTS = {
    "granite": dict(embedding_multiplier=1.0, attention_multiplier=1.0, residual_multiplier=1.0, logits_scaling=1.0),
    "ministral3": dict(rms_norm_eps=1e-5, rope_theta=1e6, head_dim=128, num_attention_heads=32, num_key_value_heads=8, sliding_window=None,
                       max_position_embeddings=262144),
    "gemma2": dict(tie_word_embeddings=True, head_dim=256, num_attention_heads=8, num_key_value_heads=4, query_pre_attn_scalar=256,
                   sliding_window=4096, attn_logit_softcapping=50.0, final_logit_softcapping=30.0),
    "gemma3_text": dict(tie_word_embeddings=True, head_dim=256, num_attention_heads=8, num_key_value_heads=4, query_pre_attn_scalar=256,
                        sliding_window=4096, rope_theta=1e6, rope_local_base_freq=10000.0, sliding_window_pattern=6, vocab_size=262208, max_position_embeddings=131072),
    "phi3": dict(rms_norm_eps=1e-5, sliding_window=None, partial_rotary_factor=1.0, original_max_position_embeddings=4096,
                 max_position_embeddings=4096),
    "olmo2": dict(rms_norm_eps=1e-5),
    "olmo3": dict(rms_norm_eps=1e-5, rope_theta=500000.0, sliding_window=4096),
    "qwen3_moe": dict(decoder_sparse_step=1, mlp_only_layers=[], norm_topk_prob=False, num_experts_per_tok=8, num_experts=128,
                      moe_intermediate_size=768),
    "mixtral": dict(rms_norm_eps=1e-5, rope_theta=1e6, num_experts_per_tok=2, num_local_experts=8, sliding_window=None),
}


def text_config(config):
    """The text model's part of a configuration, with its defaults; and what stands before its tensors' names."""
    prefix = ""
    if "text_config" in config:
        config, prefix = config["text_config"], "language_model."
    return {**COMMON, **DEFAULTS.get(config["model_type"], {}), **config}, prefix


def read_traits(config):
    c, _ = text_config(config)
    family = c["model_type"]
    if family not in FAMILIES:
        raise ValueError(f"model_type {family}: expected one of {', '.join(FAMILIES)}")
    layers, heads = c["num_hidden_layers"], c["num_attention_heads"]
    head_dim = c.get("head_dim") or c["hidden_size"] // heads
    bias = c.get("attention_bias", False)
    plain = Traits(
        vocabulary=c["vocab_size"], hidden=c["hidden_size"], intermediate=c["intermediate_size"], heads=heads,
        kv_heads=c.get("num_key_value_heads") or heads, head_dim=head_dim, eps=c["rms_norm_eps"], tied=c["tie_word_embeddings"],
        rotary=(), windows=(None,) * layers, experts=(None,) * layers, scale=1 / math.sqrt(head_dim),
        qkv_bias=bias, output_bias=bias)
    traits = FAMILIES[family](c, plain)
    if not traits.rotary:  # a family that says nothing of it turns every layer alike
        traits = replace(traits, rotary=(read_rotary(c, head_dim),) * layers)
    return traits


def _llama(c, t):
    return t


def _mistral(c, t):
    return replace(t, windows=(c.get("sliding_window"),) * len(t.windows))


def _qwen2(c, t):
    return replace(t, qkv_bias=True, windows=_qwen_windows(c, t))


def _qwen3(c, t):
    return replace(t, qk_norm="head", windows=_qwen_windows(c, t))


def _qwen_windows(c, t):
    first = c.get("max_window_layers", len(t.windows)) if c.get("use_sliding_window") else len(t.windows)
    return tuple(c.get("sliding_window") if layer >= first else None for layer in range(len(t.windows)))


def _smollm3(c, t):
    every = c.get("no_rope_layer_interval", 4)  # 1 in no_rope_layers is a layer WITH rotary embedding; those without may have a window
    turns = c.get("no_rope_layers") or [int((layer + 1) % every != 0) for layer in range(len(t.windows))]
    rotary = read_rotary(c, t.head_dim)
    return replace(t, rotary=tuple(rotary if turn else None for turn in turns),
                   windows=tuple(c.get("sliding_window") if c.get("use_sliding_window") and not turn else None for turn in turns))


def _granite(c, t):
    return replace(t, embedding_scale=c["embedding_multiplier"], scale=c["attention_multiplier"], residual_scale=c["residual_multiplier"],
                   logit_divisor=c["logits_scaling"])


def _ministral3(c, t):
    entry = c.get("rope_parameters") or {}
    return replace(_mistral(c, t), query_beta=entry.get("llama_4_scaling_beta") or 0.0,
                   query_span=entry.get("original_max_position_embeddings") or 1)


def _gemma2(c, t):
    slides = _sliding(c, t, every=2)
    return replace(_gemma(c, t), windows=_windows(c, slides), score_cap=c["attn_logit_softcapping"] or 0.0,
                   logit_cap=c["final_logit_softcapping"] or 0.0)


def _gemma3(c, t):
    slides = _sliding(c, t, every=c["sliding_window_pattern"])
    return replace(_gemma(c, t), qk_norm="head", windows=_windows(c, slides), rotary=_rotary_by_type(c, t, slides),
                   logit_cap=c.get("final_logit_softcapping") or 0.0)  # its attention scores are never capped, whatever the key says


def _gemma(c, t):
    return replace(t, norms=GEMMA_NORMS, norm_offset=1.0, norm_rounds_last=True, activation="gelu_tanh", scale=c["query_pre_attn_scalar"] ** -0.5,
                   embedding_scale=c["hidden_size"] ** 0.5, embedding_scale_rounded=True)


def _phi3(c, t):
    entry = c.get("rope_parameters") or {}
    dim = int(t.head_dim * entry.get("partial_rotary_factor", c["partial_rotary_factor"]))
    return replace(_mistral(c, t), fused=True, rotary=(read_rotary(c, dim),) * len(t.windows))


def _olmo2(c, t):
    return replace(t, norms=OLMO_NORMS, norm_rounds_last=True, qk_norm="projection", rotary_in_float32=True)


def _olmo3(c, t):
    slides = _sliding(c, t, every=4)
    return replace(_olmo2(c, t), windows=_windows(c, slides), rotary=_rotary_by_type(c, t, slides))


def _qwen3_moe(c, t):
    count = c.get("num_local_experts") or c["num_experts"]  # the first is transformers 5's
    experts = Experts(count, c["num_experts_per_tok"], c["moe_intermediate_size"], c["norm_topk_prob"])
    sparse = [layer not in (c["mlp_only_layers"] or []) and (layer + 1) % c["decoder_sparse_step"] == 0 for layer in range(len(t.windows))]
    window = c.get("sliding_window") if c.get("use_sliding_window") else None
    return replace(t, qk_norm="head", windows=(window,) * len(t.windows), experts=tuple(experts if layer else None for layer in sparse))


def _mixtral(c, t):
    experts = Experts(c["num_local_experts"], c["num_experts_per_tok"], c["intermediate_size"], True, "block_sparse_moe", ("w1", "w3", "w2"))
    return replace(_mistral(c, t), experts=(experts,) * len(t.windows))


def _sliding(c, t, every):
    """Which layers have a window: as layer_types says, otherwise all but layers every, 2 * every, 3 * every, ..."""
    if c.get("layer_types"):
        return [kind == "sliding_attention" for kind in c["layer_types"]]
    return [(layer + 1) % every != 0 for layer in range(len(t.windows))]


def _windows(c, slides):
    return tuple(c["sliding_window"] if slide else None for slide in slides)


def _rotary_by_type(c, t, slides):
    return tuple(read_rotary(c, t.head_dim, "sliding_attention" if slide else "full_attention") for slide in slides)


FAMILIES = {
    "llama": _llama, "mistral": _mistral, "qwen2": _qwen2, "qwen3": _qwen3, "smollm3": _smollm3, "granite": _granite,
    "ministral3": _ministral3, "gemma2": _gemma2, "gemma3_text": _gemma3, "phi3": _phi3, "olmo2": _olmo2, "olmo3": _olmo3,
    "qwen3_moe": _qwen3_moe, "mixtral": _mixtral,
}
