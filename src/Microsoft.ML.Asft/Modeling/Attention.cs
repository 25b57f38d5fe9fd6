using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// Causal self-attention with grouped queries: H query heads share Hk key and value heads, G = H/Hk to each. Queries of
/// one group are laid behind one another, so that keys and values are never repeated.
/// </summary>
internal sealed class Attention : nn.Module
{
    private readonly LoraLinear _query;
    private readonly LoraLinear _key;
    private readonly LoraLinear _value;
    private readonly LoraLinear _output;
    private readonly RmsNorm? _queryNorm;
    private readonly RmsNorm? _keyNorm;
    private readonly int _keyValueHeads;
    private readonly int _headDim;

    public Attention(
        LoraLinear query, LoraLinear key, LoraLinear value, LoraLinear output, RmsNorm? queryNorm, RmsNorm? keyNorm, int keyValueHeads,
        int headDim)
        : base(nameof(Attention))
    {
        (_query, _key, _value, _output, _queryNorm, _keyNorm) = (query, key, value, output, queryNorm, keyNorm);
        (_keyValueHeads, _headDim) = (keyValueHeads, headDim);
        register_module("q_proj", query);
        register_module("k_proj", key);
        register_module("v_proj", value);
        register_module("o_proj", output);
        if (queryNorm is not null && keyNorm is not null)
        {
            register_module("q_norm", queryNorm);
            register_module("k_norm", keyNorm);
        }
    }

    public LoraLinear Query => _query;

    public LoraLinear Key => _key;

    public LoraLinear Value => _value;

    public LoraLinear Output => _output;

    public RmsNorm? QueryNorm => _queryNorm;

    public RmsNorm? KeyNorm => _keyNorm;

    /// <summary>Attends.</summary>
    /// <param name="input">(B, T, hidden).</param>
    /// <param name="rotation">Rotary tables of these T positions.</param>
    /// <param name="bias">What is added to the scores, broadcast to (B, Hk, G, T, S); none when every query sees every key.</param>
    /// <param name="cache">This layer's keys and values of the tokens before.</param>
    /// <param name="places">Where this layer's new keys go, as <see cref="LayerCache.Append"/> has it.</param>
    /// <returns>(B, T, hidden).</returns>
    public Tensor Forward(Tensor input, Rotation rotation, Tensor? bias, LayerCache? cache, Tensor? places)
    {
        (long b, long t) = (input.shape[0], input.shape[1]);
        long groups = _query.OutFeatures / ((long)_keyValueHeads * _headDim);
        var q = _query.call(input).view(b, t, -1, _headDim);                      // (B, T, H, D)
        var k = _key.call(input).view(b, t, _keyValueHeads, _headDim);            // (B, T, Hk, D)
        var v = _value.call(input).view(b, t, _keyValueHeads, _headDim);          // (B, T, Hk, D)
        if (_queryNorm is not null && _keyNorm is not null)
        {
            q = _queryNorm.call(q);
            k = _keyNorm.call(k);
        }

        if (t == 1 && cache is not null && CachedAttention.Serves(q.dtype, q.device))
        {
            return _output.call(CachedAttention.Attend(q, k, v, rotation, cache));
        }

        q = rotation.Apply(q.transpose(1, 2)).mul(1 / Math.Sqrt(_headDim));       // (B, H, T, D)
        k = rotation.Apply(k.transpose(1, 2));                                    // (B, Hk, T, D)
        v = v.transpose(1, 2);
        if (cache is not null)
        {
            (k, v) = cache.Append(k, v, places);                                  // (B, Hk, S, D)
        }

        q = q.reshape(b, _keyValueHeads, groups * t, _headDim);                   // (B, Hk, G·T, D)
        var scores = q.matmul(k.transpose(2, 3)).view(b, _keyValueHeads, groups, t, -1);
        if (bias is not null)
        {
            scores = scores.add(bias);
        }

        var weights = scores.softmax(-1, ScalarType.Float32).to_type(v.dtype).view(b, _keyValueHeads, groups * t, -1);
        var mixed = weights.matmul(v).view(b, -1, t, _headDim).transpose(1, 2);   // (B, T, H, D)
        return _output.call(mixed.reshape(b, t, -1));
    }

    protected override void RegisterComponents()
    {
    }
}
