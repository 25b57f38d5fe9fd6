namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// The keys and values of the tokens that a model has seen, so that decoding computes each position once. It holds sequences of
/// unequal length, which join and leave between two calls of the model.
/// </summary>
public abstract class KeyValueCache : IDisposable
{
    /// <summary>Gets the number of sequences: the rows that the model's next call must have.</summary>
    public abstract int Count { get; }

    /// <summary>Gets how many tokens of a sequence the model has seen.</summary>
    /// <param name="sequence">The sequence, from 0.</param>
    public abstract int LengthOf(int sequence);

    /// <summary>Makes room beforehand, so that nothing is moved while sequences join and grow. More is made when needed.</summary>
    /// <param name="sequences">How many sequences there will be.</param>
    /// <param name="length">How many tokens the longest will have.</param>
    public abstract void Reserve(int sequences, int length);

    /// <summary>Adds, as the last, a copy of a sequence of another cache of the same model.</summary>
    /// <param name="other">The other cache, which is left as it is.</param>
    /// <param name="sequence">Its sequence.</param>
    public abstract void Add(KeyValueCache other, int sequence);

    /// <summary>Takes a sequence out; the last one moves to its place.</summary>
    /// <param name="sequence">The sequence.</param>
    public abstract void RemoveAt(int sequence);

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
