using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// Divides the rows of a global batch among the workers, balanced by tokens: the longest remaining row goes to the worker with the fewest tokens.
/// Every worker gets the same number of batches, because some passes need all workers. A worker with fewer rows gets empty batches.
/// </summary>
/// <param name="lengths">The number of tokens of each row.</param>
/// <param name="batchSize">The maximum number of rows in a batch.</param>
/// <param name="rank">The rank of this worker.</param>
/// <param name="size">The number of workers.</param>
internal sealed class DistributedSampler(IReadOnlyList<int> lengths, int batchSize, int rank, int size)
{
    /// <summary>The sampler of this process.</summary>
    public static DistributedSampler For(AsftOptions options, IReadOnlyList<EncodedExample> examples) => new(
        [.. examples.Select(example => example.InputIds.Length)], options.BatchSize, options.Runtime.WorkerGroup.Rank, options.Runtime.WorkerGroup.Size);

    /// <summary>This worker's batches of a global batch. A single worker gets the global batch unchanged.</summary>
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
        foreach (int position in Enumerable.Range(0, rows.Length).OrderByDescending(position => lengths[rows[position]]))
        {
            int lightest = Array.IndexOf(tokens, tokens.Min());
            shares[lightest].Add(position);
            tokens[lightest] += lengths[rows[position]];
        }

        // In the order of the global batch, in which rows of similar length are next to each other.
        return [.. shares.Select(share => share.Order().Select(position => rows[position]).ToList())];
    }
}
