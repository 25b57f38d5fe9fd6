using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// Reads full shards. A read gathers the parts of all workers, so every worker must take part. Either all workers read the same shards in the same
/// order, or only the first worker reads: between <see cref="Begin"/> and <see cref="End"/> it tells the others which shard to gather.
/// </summary>
/// <param name="workers">The workers that share the shards.</param>
/// <param name="shards">The shards.</param>
internal sealed class ShardReader(IWorkerGroup workers, Shard[] shards) : IDisposable
{
    private const int None = -1;

    private IReadOnlyList<Tensor> _vectors = [];
    private (Tensor Flat, Shard Shard, Tensor Whole)? _last;

    /// <summary>Gathers a full shard, float32. It is valid until the next call.</summary>
    /// <param name="flat">This worker's vector of the parts of all shards.</param>
    /// <param name="shard">The shard.</param>
    public Tensor Read(Tensor flat, Shard shard)
    {
        if (_last is { } last && ReferenceEquals(last.Flat, flat) && last.Shard == shard)
        {
            return last.Whole;
        }

        if (_vectors.Count > 0 && workers.Rank == 0)
        {
            BroadcastRequest(IndexOf(flat), Array.IndexOf(shards, shard));
        }

        DisposeLast();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var whole = empty([shard.Length], ScalarType.Float32, flat.device);
        shard.Gather(flat, whole);
        _last = (flat, shard, whole.DetachFromDisposeScope());
        return whole;
    }

    /// <summary>
    /// From now on only the first worker reads. On the other workers this call takes part in its reads, and returns when the first worker calls
    /// <see cref="End"/>.
    /// </summary>
    /// <param name="vectors">The vectors that the first worker reads from, in the same order on every worker.</param>
    public void Begin(IReadOnlyList<Tensor> vectors)
    {
        _vectors = vectors;
        if (workers.Rank == 0)
        {
            return;
        }

        while (BroadcastRequest(None, None) is { Vector: not None } request)
        {
            Read(vectors[request.Vector], shards[request.Shard]);
        }

        Dispose();
    }

    /// <summary>Ends the reads of the first worker, which calls it; also if it failed before <see cref="Begin"/>.</summary>
    public void End()
    {
        BroadcastRequest(None, None);
        Dispose();
    }

    /// <summary>Frees the shard that was read last.</summary>
    public void Dispose()
    {
        _vectors = [];
        DisposeLast();
    }

    // Sends the first worker's two numbers to all workers. The arguments of the other workers are ignored.
    private (int Vector, int Shard) BroadcastRequest(int vector, int shard)
    {
        int[] numbers = [vector, shard];
        workers.Broadcast(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return (numbers[0], numbers[1]);
    }

    private int IndexOf(Tensor vector)
    {
        int index = 0;
        while (!ReferenceEquals(_vectors[index], vector))
        {
            index++;
        }

        return index;
    }

    private void DisposeLast()
    {
        _last?.Whole.Dispose();
        _last = null;
    }
}
