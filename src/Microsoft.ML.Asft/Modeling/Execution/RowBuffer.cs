using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>Memory for a matrix with a row for each token. It grows to the size of the largest batch and is used again for every batch.</summary>
internal sealed class RowBuffer(long width, ScalarType dtype) : IDisposable
{
    private Tensor? _memory;

    /// <summary>Gets the number of columns.</summary>
    public long Width { get; } = width;

    /// <summary>The first rows, (rows, width). Their content is what the last user left in them.</summary>
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
