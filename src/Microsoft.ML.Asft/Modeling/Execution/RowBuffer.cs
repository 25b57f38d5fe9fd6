using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>Memory for a matrix of as many rows as there are tokens. It grows to the longest batch and is then used again.</summary>
internal sealed class RowBuffer(long width, ScalarType dtype) : IDisposable
{
    private Tensor? _memory;

    /// <summary>Gets the number of columns.</summary>
    public long Width { get; } = width;

    /// <summary>The first rows: (rows, width), with what was left in them.</summary>
    public Tensor Rows(long rows)
    {
        if (_memory is null || _memory.numel() < rows * Width)
        {
            _memory?.Dispose();
            _memory = empty([rows * Width], dtype).DetachFromDisposeScope();
        }

        return _memory.narrow(0, 0, rows * Width).view(rows, Width);
    }

    public void Dispose() => _memory?.Dispose();
}
