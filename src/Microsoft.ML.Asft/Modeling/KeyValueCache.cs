using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>The keys and values of the tokens that a model has seen, so that decoding computes each position once.</summary>
public abstract class KeyValueCache : IDisposable
{
    /// <summary>Gets the number of positions filled, padding included, the same for every sequence.</summary>
    public abstract int Length { get; }

    /// <summary>Keeps some sequences, in the order given, and drops the others.</summary>
    /// <param name="rows">The sequences to keep, int64 of shape (B'), each below the batch size.</param>
    public abstract void Select(Tensor rows);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the tensors.</summary>
    /// <param name="disposing">Whether it was asked for, rather than found by the garbage collector.</param>
    protected abstract void Dispose(bool disposing);
}
