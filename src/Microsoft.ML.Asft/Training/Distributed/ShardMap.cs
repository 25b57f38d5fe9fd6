namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// Divides a vector among workers. The vector consists of pieces, and each worker has an equal part of each piece. The last piece is padded. So the
/// workers exchange only a limited amount at once, however long the vector is.
/// </summary>
/// <param name="length">The length of the vector.</param>
/// <param name="size">The number of workers.</param>
internal sealed class ShardMap(long length, int size)
{
    // A piece of more than 2 GB would not fit the span that a worker group takes; with float32 numbers this one has at most 1 GB.
    private const long MaxPieceLength = 1 << 28;

    // The maximum length of one worker's part of a piece.
    private readonly long _maxPartLength = Math.Min(1 << 22, MaxPieceLength / size);

    /// <summary>Gets the length of the vector.</summary>
    public long Length => length;

    /// <summary>Gets the length of the vector with padding.</summary>
    public long PaddedLength => Pieces().Sum(piece => piece.Part) * size;

    /// <summary>Gets the length of each worker's part, with padding.</summary>
    public long PartLength => Pieces().Sum(piece => piece.Part);

    /// <summary>The pieces: the start of each in the vector, its start in a worker's part, and the length that one worker has of it.</summary>
    public IEnumerable<(long Start, long PartStart, long Part)> Pieces()
    {
        long start = 0;
        long partStart = 0;
        while (start < length)
        {
            long part = Math.Min(_maxPartLength, (length - start + size - 1) / size);
            yield return (start, partStart, part);
            start += part * size;
            partStart += part;
        }
    }
}
