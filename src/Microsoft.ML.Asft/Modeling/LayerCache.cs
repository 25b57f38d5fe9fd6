using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>One layer's keys and values, with room for more: each (B, Hk, capacity, D).</summary>
internal sealed class LayerCache : IDisposable
{
    private Tensor _keys;
    private Tensor _values;

    public LayerCache(long batchSize, long heads, long capacity, long headDim, ScalarType dtype, Device device)
    {
        _keys = zeros([batchSize, heads, capacity, headDim], dtype, device).DetachFromDisposeScope();
        _values = zeros([batchSize, heads, capacity, headDim], dtype, device).DetachFromDisposeScope();
    }

    /// <summary>Writes T new positions behind <paramref name="past"/> and returns all so far, (B, Hk, past + T, D).</summary>
    public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values, int past)
    {
        long length = keys.shape[2];
        if (past + length > _keys.shape[2])
        {
            throw new InvalidOperationException(
                $"The key-value cache has room for {_keys.shape[2]} positions; {past + length} were asked for. Make a longer one.");
        }

        _keys.narrow(2, past, length).copy_(keys);
        _values.narrow(2, past, length).copy_(values);
        return (_keys.narrow(2, 0, past + length), _values.narrow(2, 0, past + length));
    }

    public void Select(Tensor rows)
    {
        (var keys, var values) = (_keys, _values);
        _keys = keys.index_select(0, rows).DetachFromDisposeScope();
        _values = values.index_select(0, rows).DetachFromDisposeScope();
        keys.Dispose();
        values.Dispose();
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
