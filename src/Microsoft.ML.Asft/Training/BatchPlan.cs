using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training;

/// <summary>
/// Decides which examples each optimizer step uses and how they are divided into batches. The plan depends only on the examples' lengths,
/// the batch sizes, the order and the seed.
/// </summary>
internal sealed class BatchPlan
{
    // Shuffled examples are sorted by length within windows of this many steps.
    private const int SortingWindow = 16;

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

    /// <summary>Gets the number of optimizer steps in an epoch. The last one may have fewer examples.</summary>
    public int StepsPerEpoch => StepsFor(_lengths.Length, _globalBatchSize);

    /// <summary>The number of optimizer steps that a run over a number of examples has.</summary>
    public static int TotalSteps(AsftOptions options, int examples) =>
        options.MaxSteps ?? checked(StepsFor(examples, options.Batches.GlobalBatchSize ?? options.BatchSize) * options.Epochs);

    /// <summary>The step with the largest batch, in tokens, among the first steps. It looks at 10,000 steps at most.</summary>
    public int[][] Largest(int steps) => From(0).Take(Math.Min(steps, 10_000))
        .MaxBy(batches => batches.Max(rows => rows.Sum(row => (long)_lengths[row])))!;

    /// <summary>An endless sequence of steps, epoch after epoch, that begins with the given step.</summary>
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

    /// <summary>The steps of one epoch. A step is a list of batches over which gradients are accumulated, and a batch is a list of example indices.</summary>
    public IEnumerable<int[][]> Epoch(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, _lengths.Length)];
        if (_order == BatchOrder.Sequential)
        {
            return order.Chunk(_globalBatchSize).Select(step => step.Chunk(_batchSize).ToArray());
        }

        var random = new Random(unchecked((_seed * 1_000_003) + epoch));
        random.Shuffle(order);
        int[][] steps = [.. order.Chunk(_globalBatchSize * SortingWindow).SelectMany(window =>
            window.OrderBy(i => _lengths[i]).Chunk(_globalBatchSize))];
        random.Shuffle(steps);
        return steps.Select(step => step.Chunk(_batchSize).ToArray());
    }

    private static int StepsFor(int examples, int globalBatchSize) => (examples + globalBatchSize - 1) / globalBatchSize;
}
