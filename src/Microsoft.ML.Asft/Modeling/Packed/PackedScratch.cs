using Microsoft.ML.Asft.Checkpoints;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>Memory that layers use one after the other and leave nothing in.</summary>
internal sealed class PackedScratch : IDisposable
{
    private readonly PackedBuffer[] _hidden;
    private readonly PackedBuffer[] _queries;
    private readonly PackedBuffer[] _keys;
    private readonly PackedBuffer[] _inner;

    public PackedScratch(ModelConfig config, ScalarType dtype)
    {
        PackedBuffer[] Make(int count, long width) => [.. Enumerable.Range(0, count).Select(_ => new PackedBuffer(width, dtype))];
        _hidden = Make(2, config.HiddenSize);
        _queries = Make(3, (long)config.NumAttentionHeads * config.HeadDim);
        _keys = Make(4, (long)config.NumKeyValueHeads * config.HeadDim);
        _inner = Make(2, config.IntermediateSize);
    }

    /// <summary>One of two matrices (N, hidden).</summary>
    public Tensor Hidden(int which, long tokens) => _hidden[which].Rows(tokens);

    /// <summary>One of three matrices (N, H·D).</summary>
    public Tensor Queries(int which, long tokens) => _queries[which].Rows(tokens);

    /// <summary>One of four matrices (N, Hk·D).</summary>
    public Tensor Keys(int which, long tokens) => _keys[which].Rows(tokens);

    /// <summary>One of two matrices (N, inner).</summary>
    public Tensor Inner(int which, long tokens) => _inner[which].Rows(tokens);

    public void Dispose()
    {
        foreach (var buffer in All())
        {
            buffer.Dispose();
        }
    }

    private IEnumerable<PackedBuffer> All() => [.. _hidden, .. _queries, .. _keys, .. _inner];
}
