using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// Which rows of a global batch a worker takes: balanced by tokens, the longest row to the worker that has least. Every worker gets as many
/// batches, some of them empty where it has fewer rows, so that what workers do together in each batch can be done.
/// </summary>
/// <param name="lengths">The tokens of each row.</param>
/// <param name="batchSize">The most rows of a batch.</param>
/// <param name="rank">Which worker.</param>
/// <param name="size">Of how many.</param>
internal sealed class DistributedSampler(IReadOnlyList<int> lengths, int batchSize, int rank, int size)
{
    /// <summary>The share of this process.</summary>
    public static DistributedSampler For(AsftOptions options, IReadOnlyList<EncodedExample> examples) => new(
        [.. examples.Select(example => example.InputIds.Length)], options.BatchSize, options.Runtime.WorkerGroup.Rank, options.Runtime.WorkerGroup.Size);

    /// <summary>This worker's batches of a global batch. Alone it has all of them, as they are.</summary>
    public int[][] Of(int[][] globalBatch)
    {
        if (size == 1)
        {
            return globalBatch;
        }

        var shares = Divide(globalBatch);
        int count = shares.Max(rows => (rows.Count + batchSize - 1) / batchSize);
        int[][] own = [.. shares[rank].Chunk(batchSize)];
        return [.. own, .. Enumerable.Repeat(Array.Empty<int>(), count - own.Length)];
    }

    private List<int>[] Divide(int[][] globalBatch)
    {
        int[] rows = [.. globalBatch.SelectMany(batch => batch)];
        List<int>[] shares = [.. Enumerable.Range(0, size).Select(_ => new List<int>())];
        long[] tokens = new long[size];
        foreach (int place in Enumerable.Range(0, rows.Length).OrderByDescending(place => lengths[rows[place]]))
        {
            int lightest = Array.IndexOf(tokens, tokens.Min());
            shares[lightest].Add(place);
            tokens[lightest] += lengths[rows[place]];
        }

        // In the order of the global batch, where rows of like length stand together.
        return [.. shares.Select(share => share.Order().Select(place => rows[place]).ToList())];
    }
}
