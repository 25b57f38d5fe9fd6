using Microsoft.ML.Asft.Checkpoints;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>What the backward pass of a layer needs of its forward pass.</summary>
internal sealed class PackedActivations : IDisposable
{
    private readonly PackedBuffer? _rawQuery;
    private readonly PackedBuffer? _rawKey;
    private readonly PackedBuffer _query;
    private readonly PackedBuffer _key;
    private readonly PackedBuffer _value;
    private readonly PackedBuffer _mixed;
    private readonly PackedBuffer _middle;
    private readonly PackedBuffer _gate;
    private readonly PackedBuffer _up;

    public PackedActivations(ModelConfig config, ScalarType dtype)
    {
        long queries = (long)config.NumAttentionHeads * config.HeadDim;
        long keys = (long)config.NumKeyValueHeads * config.HeadDim;
        _rawQuery = config.QueryKeyNorm ? new PackedBuffer(queries, dtype) : null;
        _rawKey = config.QueryKeyNorm ? new PackedBuffer(keys, dtype) : null;
        (_query, _key, _value) = (new PackedBuffer(queries, dtype), new PackedBuffer(keys, dtype), new PackedBuffer(keys, dtype));
        (_mixed, _middle) = (new PackedBuffer(queries, dtype), new PackedBuffer(config.HiddenSize, dtype));
        (_gate, _up) = (new PackedBuffer(config.IntermediateSize, dtype), new PackedBuffer(config.IntermediateSize, dtype));
    }

    /// <summary>Queries and keys before their norms, (N, H·D) and (N, Hk·D), where the model has such norms.</summary>
    public (Tensor Query, Tensor Key)? Raw(long tokens) =>
        _rawQuery is null ? null : (_rawQuery.Rows(tokens), _rawKey!.Rows(tokens));

    /// <summary>Rotated queries and keys, and values, by heads.</summary>
    public (Tensor Query, Tensor Key, Tensor Value) Heads(long tokens) => (_query.Rows(tokens), _key.Rows(tokens), _value.Rows(tokens));

    /// <summary>What attention mixed, (N, H·D).</summary>
    public Tensor Mixed(long tokens) => _mixed.Rows(tokens);

    /// <summary>The hidden states between attention and feed-forward, (N, hidden).</summary>
    public Tensor Middle(long tokens) => _middle.Rows(tokens);

    /// <summary>The gate's projection, (N, inner).</summary>
    public Tensor Gate(long tokens) => _gate.Rows(tokens);

    /// <summary>The other projection, (N, inner).</summary>
    public Tensor Up(long tokens) => _up.Rows(tokens);

    public void Dispose()
    {
        foreach (var buffer in new[] { _rawQuery, _rawKey, _query, _key, _value, _mixed, _middle, _gate, _up })
        {
            buffer?.Dispose();
        }
    }
}
