using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Asft.Objectives;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>Further collective operations, built from those of <see cref="IWorkerGroup"/>.</summary>
internal static class WorkerOperations
{
    // A long vector is summed in slices, because it would not fit the caches and MPI allocates memory for each call. Numbers on a GPU pass through
    // the host's memory in such slices. The length of a slice is proportional to the number of workers, within bounds.
    private const long SliceLengthPerWorker = 1 << 18;
    private const long MinSliceLength = 1 << 20;
    private const long MaxSliceLength = 1 << 24;

    /// <summary>Replaces a float32 vector by its sum over the workers.</summary>
    public static void AllReduce(this IWorkerGroup workers, Tensor values)
    {
        if (workers.Size == 1)
        {
            return;
        }

        using var noGrad = no_grad();
        long length = Math.Clamp(SliceLengthPerWorker * workers.Size, MinSliceLength, MaxSliceLength);
        for (long start = 0, total = values.numel(); start < total; start += length)
        {
            using var scope = NewDisposeScope();
            var slice = values.narrow(0, start, Math.Min(length, total - start));
            bool isOnHost = slice.device_type == TorchSharp.DeviceType.CPU;
            var host = isOnHost ? slice : slice.cpu();
            workers.AllReduce(MemoryMarshal.Cast<byte, float>(host.bytes));
            if (!isOnHost)
            {
                slice.copy_(host);
            }
        }
    }

    /// <summary>Gives every worker the parts of all workers. The tensors are contiguous and of the same type.</summary>
    public static void AllGather(this IWorkerGroup workers, Tensor part, Tensor all)
    {
        if (all.device_type == TorchSharp.DeviceType.CPU)
        {
            workers.AllGather(part.bytes, all.bytes);
            return;
        }

        var host = empty(all.shape, all.dtype);
        workers.AllGather(part.cpu().bytes, host.bytes);
        all.copy_(host);
    }

    /// <summary>Sums over the workers and gives each worker its part of the sums. The tensors are contiguous and float32.</summary>
    public static void ReduceScatter(this IWorkerGroup workers, Tensor values, Tensor part)
    {
        if (values.device_type == TorchSharp.DeviceType.CPU)
        {
            workers.ReduceScatter(MemoryMarshal.Cast<byte, float>(values.bytes), MemoryMarshal.Cast<byte, float>(part.bytes));
            return;
        }

        var host = empty(part.shape);
        workers.ReduceScatter(MemoryMarshal.Cast<byte, float>(values.cpu().bytes), MemoryMarshal.Cast<byte, float>(host.bytes));
        part.copy_(host);
    }

    /// <summary>Adds up the sums of all workers.</summary>
    public static LossSums AllReduce(this IWorkerGroup workers, LossSums own)
    {
        double[] sums = [own.Loss, own.CrossEntropy, own.WeightedCrossEntropy, own.Kl, own.Correct];
        workers.AllReduce(sums);
        return new LossSums(sums[0], sums[1], sums[2], sums[3], (long)sums[4]);
    }

    /// <summary>
    /// Gives every worker the first worker's number. Workers with different numbers of threads may compute numbers that differ in the last digit.
    /// </summary>
    public static double OfFirst(this IWorkerGroup workers, double value)
    {
        double shared = value;
        workers.Broadcast(MemoryMarshal.AsBytes(new Span<double>(ref shared)));
        return shared;
    }

    /// <summary>Whether the condition is true for any worker.</summary>
    public static bool Any(this IWorkerGroup workers, bool isSo)
    {
        double count = isSo ? 1 : 0;
        workers.AllReduce(new Span<double>(ref count));
        return count > 0;
    }

    /// <summary>Gives every worker the first worker's text.</summary>
    public static string OfFirst(this IWorkerGroup workers, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = bytes.Length;
        workers.Broadcast(MemoryMarshal.AsBytes(new Span<int>(ref length)));
        if (workers.Rank > 0)
        {
            bytes = new byte[length];
        }

        workers.Broadcast(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Gives every worker the texts of all workers, in order of rank.</summary>
    public static string[] Gather(this IWorkerGroup workers, string text)
    {
        byte[] own = Encoding.UTF8.GetBytes(text);
        int[] lengths = new int[workers.Size];
        workers.AllGather(BitConverter.GetBytes(own.Length), MemoryMarshal.AsBytes(lengths.AsSpan()));
        int longest = lengths.Max();
        byte[] part = new byte[longest];
        byte[] all = new byte[longest * workers.Size];
        own.CopyTo(part, 0);
        workers.AllGather(part, all);
        return [.. lengths.Select((length, rank) => Encoding.UTF8.GetString(all, rank * longest, length))];
    }
}
