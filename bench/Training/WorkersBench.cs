using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Asft.Mpi;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>What workers' operations cost by themselves; mpirun starts it.</summary>
internal static class WorkersBench
{
    private const int Rounds = 21;

    public static void Run()
    {
        using var workers = MpiWorkers.Start();
        Print(workers, $"{workers.Size} workers; the median and the fastest of {Rounds}");
        Print(workers, $"every step: {Small(workers)}");
        foreach (int size in new[] { 1 << 10, 1 << 14, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 27 })
        {
            Print(workers, $"allreduce of {size * sizeof(float),11:N0} bytes: {AllReduce(workers, size)}");
        }
    }

    // What a training step does besides the gradients: cancelled? sums, norm.
    private static string Small(IWorkerGroup workers)
    {
        const int steps = 200;
        double[] sums = new double[5];
        byte[] norm = new byte[8];
        return Describe(workers, () =>
        {
            for (int step = 0; step < steps; step++)
            {
                workers.AllReduce(sums.AsSpan(0, 1));
                workers.AllReduce(sums);
                workers.Broadcast(norm);
            }
        }, steps, bytes: 0);
    }

    private static string AllReduce(IWorkerGroup workers, int size)
    {
        using var values = zeros(size);
        int repeats = Math.Max(1, (1 << 20) / size);
        return Describe(workers, () =>
        {
            for (int i = 0; i < repeats; i++)
            {
                workers.AllReduce(values);
            }
        }, repeats, size * (long)sizeof(float));
    }

    private static string Describe(IWorkerGroup workers, Action work, int repeats, long bytes)
    {
        work();
        double[] times =
        [
            .. Enumerable.Range(0, Rounds).Select(_ =>
            {
                workers.Barrier();
                long started = Stopwatch.GetTimestamp();
                work();
                return Stopwatch.GetElapsedTime(started).TotalMicroseconds / repeats;
            }).Order(),
        ];
        string rate = bytes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {bytes / times[0] / 1e3:F2} GB/s at best");
        return string.Create(CultureInfo.InvariantCulture, $"{times[Rounds / 2]:F1} µs, {times[0]:F1} µs{rate}");
    }

    private static void Print(IWorkerGroup workers, string line)
    {
        if (workers.Rank == 0)
        {
            Console.WriteLine(line);
        }
    }
}
