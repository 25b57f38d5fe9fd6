using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>Memory for a matrix of as many rows as there are tokens. It grows to the longest batch and is then used again.</summary>
internal sealed class PackedBuffer(long width, ScalarType dtype) : IDisposable
{
    private Tensor? _memory;

    /// <summary>Gets the number of columns.</summary>
    public long Width { get; } = width;

    /// <summary>Sees to it that there is room for some rows, and that the memory is really there.</summary>
    public void Reserve(long rows)
    {
        if (_memory is null || _memory.numel() < rows * Width)
        {
            _memory?.Dispose();
            _memory = zeros([rows * Width], dtype).DetachFromDisposeScope();
        }
    }

    /// <summary>The first rows: (rows, width), with what was left in them.</summary>
    public Tensor Rows(long rows)
    {
        Reserve(rows);
        return _memory!.narrow(0, 0, rows * Width).view(rows, Width);
    }

    public void Dispose() => _memory?.Dispose();
}
