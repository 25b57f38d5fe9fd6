using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// Reads shards whole, which takes all workers. They read the same at the same time; or, between <see cref="Begin"/> and <see cref="End"/>,
/// the first worker alone reads what it likes, and tells the others what to help with.
/// </summary>
/// <param name="workers">Those among whom the shards are divided.</param>
/// <param name="shards">The shards.</param>
internal sealed class SharedReading(IWorkerGroup workers, Shard[] shards) : IDisposable
{
    private const int Nothing = -1;

    private IReadOnlyList<Tensor> _vectors = [];
    private (Tensor Flat, Shard Shard, Tensor Whole)? _last;

    /// <summary>The whole of a shard, float32, which stays until another is asked for.</summary>
    /// <param name="flat">This worker's vector of all its parts.</param>
    /// <param name="shard">The shard.</param>
    public Tensor Read(Tensor flat, Shard shard)
    {
        if (_last is { } last && ReferenceEquals(last.Flat, flat) && last.Shard == shard)
        {
            return last.Whole;
        }

        if (_vectors.Count > 0 && workers.Rank == 0)
        {
            FirstSays(IndexOf(flat), Array.IndexOf(shards, shard));
        }

        Forget();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var whole = empty([shard.Length], ScalarType.Float32, flat.device);
        shard.Gather(flat, whole);
        _last = (flat, shard, whole.DetachFromDisposeScope());
        return whole;
    }

    /// <summary>Begins a time in which the first worker alone reads. The others help until it ends that, and return then.</summary>
    /// <param name="vectors">What it reads from, in the same order for every worker.</param>
    public void Begin(IReadOnlyList<Tensor> vectors)
    {
        _vectors = vectors;
        if (workers.Rank == 0)
        {
            return;
        }

        while (FirstSays(Nothing, Nothing) is { Vector: not Nothing } wanted)
        {
            Read(vectors[wanted.Vector], shards[wanted.Shard]);
        }

        Dispose();
    }

    /// <summary>Ends it, for the first worker to call, also where it has not begun.</summary>
    public void End()
    {
        FirstSays(Nothing, Nothing);
        Dispose();
    }

    /// <summary>Lets go of what was read last.</summary>
    public void Dispose()
    {
        _vectors = [];
        Forget();
    }

    // What the first worker's two numbers are; another worker's own do not matter.
    private (int Vector, int Shard) FirstSays(int vector, int shard)
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

    private void Forget()
    {
        _last?.Whole.Dispose();
        _last = null;
    }
}
