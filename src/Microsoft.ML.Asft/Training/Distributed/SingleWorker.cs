using System.Diagnostics;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>A group of one worker.</summary>
internal sealed class SingleWorker : IWorkerGroup
{
    public static SingleWorker Instance { get; } = new();

    public int Rank => 0;

    public int Size => 1;

    public int LocalRank => 0;

    public void AllReduce(Span<float> values)
    {
    }

    public void AllReduce(Span<double> values)
    {
    }

    public void ReduceScatter(ReadOnlySpan<float> values, Span<float> part) => values.CopyTo(part);

    public void AllGather(ReadOnlySpan<byte> part, Span<byte> all) => part.CopyTo(all);

    public void Broadcast(Span<byte> values, int root = 0)
    {
    }

    public void Barrier()
    {
    }

    public void Abort(string reason) => throw new UnreachableException(reason);
}
