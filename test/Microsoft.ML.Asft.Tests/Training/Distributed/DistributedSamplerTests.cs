using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Tests.Training.Distributed;

public sealed class WorkerShareTests
{
    [Fact]
    public void Shares_have_every_row_once_as_many_batches_and_nearly_as_many_tokens()
    {
        var random = new Random(11);
        for (int trial = 0; trial < 300; trial++)
        {
            int[] lengths = [.. Enumerable.Range(0, 40).Select(_ => random.Next(1, 300))];
            int batchSize = random.Next(1, 5);
            int size = random.Next(2, 9);
            int[][] step = [.. Enumerable.Range(0, 40).OrderBy(_ => random.Next()).Take(random.Next(1, 25)).Chunk(batchSize)];
            int[][][] shares = [.. Enumerable.Range(0, size).Select(rank => new DistributedSampler(lengths, batchSize, rank, size).Of(step))];

            Assert.Equal(step.SelectMany(rows => rows).Order(), shares.SelectMany(share => share.SelectMany(rows => rows)).Order());
            Assert.Single(shares.Select(share => share.Length).Distinct());
            Assert.All(shares, share => Assert.All(share, rows => Assert.InRange(rows.Length, 0, batchSize)));
            int[] tokens = [.. shares.Select(share => share.Sum(rows => rows.Sum(row => lengths[row])))];
            Assert.InRange(tokens.Max() - tokens.Min(), 0, step.SelectMany(rows => rows).Max(row => lengths[row]));
        }
    }

    [Fact]
    public void One_worker_has_the_step_as_it_is()
    {
        int[][] step = [[3, 1], [2]];
        Assert.Same(step, new DistributedSampler([5, 6, 7, 8], 2, rank: 0, size: 1).Of(step));
    }
}
