using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>
/// Causal self-attention with grouped queries: H query heads share Hk key and value heads, G = H/Hk query heads each.
/// </summary>
internal sealed partial class SelfAttention : BranchBody
{
    private readonly AttentionSettings _settings;
    private readonly ProjectionGroup _inputs;    // queries (H·D, hidden), keys and values (Hk·D, hidden)
    private readonly LoraLinear _output;
    private readonly RmsNorm? _queryNorm;
    private readonly RmsNorm? _keyNorm;

    /// <param name="settings">The settings of the layer's attention.</param>
    /// <param name="query">The projection to queries, (H·D, hidden).</param>
    /// <param name="key">The projection to keys, (Hk·D, hidden).</param>
    /// <param name="value">The projection to values, (Hk·D, hidden).</param>
    /// <param name="output">The output projection, (hidden, H·D).</param>
    /// <param name="queryNorm">The norm of queries before the rotation, for each head or for all heads together; <see langword="null"/> for none.</param>
    /// <param name="keyNorm">The norm of keys; <see langword="null"/> if queries have none.</param>
    public SelfAttention(
        AttentionSettings settings, LoraLinear query, LoraLinear key, LoraLinear value, LoraLinear output, RmsNorm? queryNorm, RmsNorm? keyNorm)
        : this(settings, new ProjectionGroup(query, key, value), output)
    {
        register_module("q_proj", query);
        register_module("k_proj", key);
        register_module("v_proj", value);
        register_module("o_proj", output);
        if (queryNorm is not null && keyNorm is not null)
        {
            (_queryNorm, _keyNorm) = (queryNorm, keyNorm);
            register_module("q_norm", queryNorm);
            register_module("k_norm", keyNorm);
        }
    }

    /// <summary>Initializes attention with one fused projection to queries, keys and values.</summary>
    /// <param name="settings">The settings of the layer's attention.</param>
    /// <param name="queryKeyValue">The fused projection, (H·D + 2·Hk·D, hidden).</param>
    /// <param name="output">The output projection, (hidden, H·D).</param>
    public SelfAttention(AttentionSettings settings, LoraLinear queryKeyValue, LoraLinear output)
        : this(settings, new ProjectionGroup(queryKeyValue, [output.InFeatures, KeyWidthOf(settings), KeyWidthOf(settings)]), output)
    {
        register_module("qkv_proj", queryKeyValue);
        register_module("o_proj", output);
    }

    private SelfAttention(AttentionSettings settings, ProjectionGroup inputs, LoraLinear output)
        : base(nameof(SelfAttention))
    {
        (_settings, _inputs, _output) = (settings, inputs, output);
        (_queryWidth, _keyWidth) = (inputs.Widths[0], inputs.Widths[1]);
        _attention = new PackedAttention(settings, (int)_queryWidth / settings.HeadDim);
    }

    private static long KeyWidthOf(AttentionSettings settings) => settings.KeyValueHeads * settings.HeadDim;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, AutogradPass pass)
    {
        (long b, long t) = (input.shape[0], input.shape[1]);
        (long keyHeads, long d) = (_settings.KeyValueHeads, _settings.HeadDim);
        RotaryTables? rotary = !_settings.UsesRotary ? null : _settings.Window is null ? pass.Rotary : pass.WindowedRotary ?? pass.Rotary;
        var cache = pass.Cache?[_settings.Layer];
        var projected = _inputs.Forward(input);
        var q = Normalize(projected[0], _queryNorm).view(b, t, -1, d);            // (B, T, H, D)
        var k = Normalize(projected[1], _keyNorm).view(b, t, keyHeads, d);        // (B, T, Hk, D)
        var v = projected[2].view(b, t, keyHeads, d);                             // (B, T, Hk, D)
        (q, k, v) = (q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2));    // (B, H, T, D), (B, Hk, T, D)
        if (rotary is { } tables)
        {
            (q, k) = tables.Apply(q, k);
        }

        if (cache is not null)
        {
            (k, v) = cache.Append(k, v, pass.CacheSlots);                         // (B, Hk, S, D)
        }

        var mask = _settings.Window is null ? pass.FullMask : pass.WindowedMask;
        var attended = _settings.SoftCap is { } cap ? CappedAttention(q, k, v, cap, mask?.Added)
            : FusedAttention.Attend(q, k, v, _settings.Scale, mask);
        return _output.call(attended.transpose(1, 2).reshape(b, t, -1));
    }

    // Fused attention cannot cap scores, so all of them exist here: softmax(cap · tanh(scale · q·kᵀ / cap) + mask)·v.
    private Tensor CappedAttention(Tensor q, Tensor k, Tensor v, double cap, Tensor? mask)
    {
        (long b, long heads, long t, long d) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3]);
        (long keyHeads, long groups) = (k.shape[1], heads / k.shape[1]);
        q = q.Mul(_settings.Scale / cap).reshape(b, keyHeads, groups * t, d);     // (B, Hk, G·T, D)
        var scores = q.matmul(k.transpose(2, 3)).view(b, heads, t, -1).tanh().Mul(cap);
        scores = mask is null ? scores : scores.Add(mask);
        var weights = scores.softmax(-1, ScalarType.Float32).to_type(v.dtype).view(b, keyHeads, groups * t, -1);
        return weights.matmul(v).view(b, heads, t, d);
    }

    // Normalizes rows of the norm's width: each head, or all heads together.
    private static Tensor Normalize(Tensor projected, RmsNorm? norm) =>
        norm is null ? projected : norm.call(projected.view(projected.shape[0], projected.shape[1], -1, norm.Width));
}
