namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// The keys and values of the tokens so far, so that decoding computes each position once. Its sequences may have different lengths. Between two calls
/// of the model, sequences can be added and removed.
/// </summary>
public abstract class KeyValueCache : IDisposable
{
    /// <summary>Gets the number of sequences. The input of the model's next call must have as many rows.</summary>
    public abstract int Count { get; }

    /// <summary>Gets the number of tokens of a sequence.</summary>
    /// <param name="sequence">The sequence, from 0.</param>
    public abstract int LengthOf(int sequence);

    /// <summary>Allocates memory in advance, so that nothing is copied while sequences are added and grow. The cache grows when it needs more.</summary>
    /// <param name="sequences">The expected number of sequences.</param>
    /// <param name="length">The expected length of the longest sequence, in tokens.</param>
    public abstract void Reserve(int sequences, int length);

    /// <summary>Appends a copy of a sequence of another cache of the same model.</summary>
    /// <param name="other">The other cache. It does not change.</param>
    /// <param name="sequence">The index of the sequence in the other cache.</param>
    public abstract void Add(KeyValueCache other, int sequence);

    /// <summary>Removes a sequence. The last sequence gets its index.</summary>
    /// <param name="sequence">The index of the sequence.</param>
    public abstract void RemoveAt(int sequence);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the tensors.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called, and not the finalizer.</param>
    protected abstract void Dispose(bool disposing);
}
