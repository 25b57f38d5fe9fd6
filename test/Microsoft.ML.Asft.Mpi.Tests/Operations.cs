using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>Every operation of a group, with results that are known beforehand.</summary>
internal static class Operations
{
    public static void Check(IWorkerGroup workers)
    {
        (int rank, int size) = (workers.Rank, workers.Size);
        Assert.InRange(rank, 0, size - 1);
        Assert.InRange(workers.LocalRank, 0, rank);
        float all = size * (size + 1) / 2;

        float[] floats = [.. Enumerable.Range(0, 100_003).Select(i => (rank + 1f) * (i % 7))];
        workers.AllReduce(floats);
        Assert.All(floats, (value, i) => Assert.Equal(all * (i % 7), value));

        double[] doubles = [rank + 1, 1e-9 * (rank + 1)];
        workers.AllReduce(doubles);
        Assert.Equal(all, doubles[0]);
        Assert.Equal(1e-9 * all, doubles[1], 1e-20);
        workers.AllReduce(Span<double>.Empty);

        float[] parts = [.. Enumerable.Range(0, 5 * size).Select(i => (float)(i * (rank + 1)))];
        float[] part = new float[5];
        workers.ReduceScatter(parts, part);
        Assert.Equal(Enumerable.Range(5 * rank, 5).Select(i => i * all), part);
        Assert.Throws<ArgumentException>(() => workers.ReduceScatter(new float[(5 * size) + 1], part));

        byte[] gathered = new byte[3 * size];
        workers.AllGather([(byte)rank, 7, (byte)(rank + 1)], gathered);
        Assert.Equal(Enumerable.Range(0, size).SelectMany(r => new[] { (byte)r, (byte)7, (byte)(r + 1) }), gathered);

        byte[] sent = rank == size - 1 ? [1, 2, 3] : new byte[3];
        workers.Broadcast(sent, root: size - 1);
        Assert.Equal([1, 2, 3], sent);
        workers.Barrier();

        // MPI leaves .NET its signals.
        string? nothing = rank < 0 ? "" : null;
        Assert.Throws<NullReferenceException>(() => nothing!.Length);
        Console.WriteLine($"worker {rank} of {size} is content");
    }
}
