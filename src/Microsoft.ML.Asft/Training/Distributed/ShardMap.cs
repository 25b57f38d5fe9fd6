namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// Divides a vector among workers. The vector consists of pieces, and each worker has an equal part of each piece. The last piece is padded. So the
/// workers exchange only a limited amount at once, however long the vector is.
/// </summary>
/// <param name="length">The length of the vector.</param>
/// <param name="size">The number of workers.</param>
internal sealed class ShardMap(long length, int size)
{
    // The maximum length of one worker's part of a piece.
    private const long MaxPartLength = 1 << 22;

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
            long part = Math.Min(MaxPartLength, (length - start + size - 1) / size);
            yield return (start, partStart, part);
            start += part * size;
            partStart += part;
        }
    }
}
