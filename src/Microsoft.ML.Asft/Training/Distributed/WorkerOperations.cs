using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Asft.Objectives;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>What workers do together, made of what a group can.</summary>
internal static class WorkerOperations
{
    // The length of a slice that is summed in one call: so many numbers for each worker, within bounds. Longer vectors leave the caches, and MPI
    // allocates memory for each call. A GPU's numbers go through the host's memory in such slices.
    private const long SliceOfWorker = 1 << 18;
    private const long ShortestSlice = 1 << 20;
    private const long LongestSlice = 1 << 24;

    /// <summary>Replaces a float32 vector by its sum over the workers.</summary>
    public static void AllReduce(this IWorkerGroup workers, Tensor values)
    {
        if (workers.Size == 1)
        {
            return;
        }

        using var noGrad = no_grad();
        long length = Math.Clamp(SliceOfWorker * workers.Size, ShortestSlice, LongestSlice);
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

    /// <summary>Gives every worker the parts of all: contiguous tensors of one type.</summary>
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

    /// <summary>Leaves each worker its part of the sums over the workers: contiguous float32 tensors.</summary>
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

    /// <summary>The sums over the workers' tokens.</summary>
    public static LossSums AllReduce(this IWorkerGroup workers, LossSums own)
    {
        double[] sums = [own.Loss, own.CrossEntropy, own.WeightedCrossEntropy, own.Kl, own.Correct];
        workers.AllReduce(sums);
        return new LossSums(sums[0], sums[1], sums[2], sums[3], (long)sums[4]);
    }

    /// <summary>The first worker's number: what several compute by different numbers of threads may differ in its last digit.</summary>
    public static double OfFirst(this IWorkerGroup workers, double value)
    {
        double shared = value;
        workers.Broadcast(MemoryMarshal.AsBytes(new Span<double>(ref shared)));
        return shared;
    }

    /// <summary>Whether it is so for any worker.</summary>
    public static bool Any(this IWorkerGroup workers, bool isSo)
    {
        double count = isSo ? 1 : 0;
        workers.AllReduce(new Span<double>(ref count));
        return count > 0;
    }

    /// <summary>The first worker's text.</summary>
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

    /// <summary>Every worker's text, in order of rank.</summary>
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
