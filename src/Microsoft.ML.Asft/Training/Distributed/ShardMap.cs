namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// How a vector is divided among workers: in pieces, of which each worker has an equal part, the last ones padded. So what is exchanged
/// at once stays small, however long the vector.
/// </summary>
/// <param name="length">The numbers of the vector.</param>
/// <param name="size">The workers.</param>
internal sealed class ShardMap(long length, int size)
{
    // Numbers of one worker in a piece.
    private const long MostOfPart = 1 << 22;

    /// <summary>Gets the numbers of the vector.</summary>
    public long Length => length;

    /// <summary>Gets the numbers of the vector with its padding.</summary>
    public long PaddedLength => Pieces().Sum(piece => piece.Part) * size;

    /// <summary>Gets the numbers that each worker has, padding included.</summary>
    public long PartLength => Pieces().Sum(piece => piece.Part);

    /// <summary>The pieces: where each begins in the vector and in a worker's part, and how many numbers of it a worker has.</summary>
    public IEnumerable<(long Start, long PartStart, long Part)> Pieces()
    {
        long start = 0;
        long partStart = 0;
        while (start < length)
        {
            long part = Math.Min(MostOfPart, (length - start + size - 1) / size);
            yield return (start, partStart, part);
            start += part * size;
            partStart += part;
        }
    }
}
