using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training;

/// <summary>
/// Which examples each optimizer step sees, and how they are divided into batches. A function of the lengths, the sizes,
/// the order and the seed alone.
/// </summary>
internal sealed class BatchPlan
{
    // Examples of like length are sought within this many steps' worth of shuffled data.
    private const int WindowSteps = 16;

    private readonly int[] _lengths;
    private readonly int _batchSize;
    private readonly int _globalBatchSize;
    private readonly BatchOrder _order;
    private readonly int _seed;

    public BatchPlan(IEnumerable<int> lengths, int batchSize, int? globalBatchSize, BatchOrder order, int seed)
    {
        _lengths = [.. lengths];
        _batchSize = batchSize;
        _globalBatchSize = globalBatchSize ?? batchSize;
        (_order, _seed) = (order, seed);
    }

    /// <summary>Gets the number of optimizer steps that go once through the data; the last may be a smaller one.</summary>
    public int StepsPerEpoch => (_lengths.Length + _globalBatchSize - 1) / _globalBatchSize;

    /// <summary>The step with the largest batch, by tokens, of the first steps, looking no further than some thousands.</summary>
    public int[][] Largest(int steps) => From(0).Take(Math.Min(steps, 10_000))
        .MaxBy(batches => batches.Max(rows => rows.Sum(row => (long)_lengths[row])))!;

    /// <summary>The steps from a number on, epoch after epoch without end.</summary>
    public IEnumerable<int[][]> From(int step)
    {
        for (int epoch = step / StepsPerEpoch, done = step % StepsPerEpoch; ; epoch++, done = 0)
        {
            foreach (int[][] batches in Epoch(epoch).Skip(done))
            {
                yield return batches;
            }
        }
    }

    /// <summary>The steps of one epoch: each the batches it accumulates over, each a list of example indices.</summary>
    public IEnumerable<int[][]> Epoch(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, _lengths.Length)];
        if (_order == BatchOrder.Sequential)
        {
            return order.Chunk(_globalBatchSize).Select(step => step.Chunk(_batchSize).ToArray());
        }

        var random = new Random(unchecked((_seed * 1_000_003) + epoch));
        random.Shuffle(order);
        int[][] steps = [.. order.Chunk(_globalBatchSize * WindowSteps).SelectMany(window =>
            window.OrderBy(i => _lengths[i]).Chunk(_globalBatchSize))];
        random.Shuffle(steps);
        return steps.Select(step => step.Chunk(_batchSize).ToArray());
    }
}
