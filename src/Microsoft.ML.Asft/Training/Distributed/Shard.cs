using Microsoft.ML.Asft.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>Matrices that are sharded among the workers as one vector. Each worker stores its part of that vector.</summary>
internal sealed class Shard
{
    private readonly IWorkerGroup _workers;
    private readonly ShardMap _map;
    private readonly long _offset;

    /// <param name="parameters">The matrices, by name.</param>
    /// <param name="workers">The workers that share it.</param>
    /// <param name="offset">The start of this worker's part in its vector of the parts of all shards.</param>
    public Shard(IEnumerable<(string Name, Parameter Parameter)> parameters, IWorkerGroup workers, long offset)
    {
        long start = 0;
        Members = [.. parameters.Select(p =>
        {
            var member = new Member(p.Name, p.Parameter, p.Parameter.shape, start, p.Parameter.numel());
            start += member.Length;
            return member;
        })];
        (_workers, _map, _offset) = (workers, new ShardMap(start, workers.Size), offset);
    }

    public IReadOnlyList<Member> Members { get; }

    /// <summary>Gets the length of the full vector, with padding.</summary>
    public long Length => _map.PaddedLength;

    /// <summary>Gets the length of a worker's part, with padding.</summary>
    public long PartLength => _map.PartLength;

    /// <summary>Gets or sets the memory for the full weights, in the model's format.</summary>
    public Tensor Weights { get; set; } = null!;

    /// <summary>Gets or sets the memory for the full gradients, float32.</summary>
    public Tensor Gradients { get; set; } = null!;

    /// <summary>Makes the parameters views of <see cref="Weights"/>.</summary>
    public void Attach()
    {
        foreach (var member in Members)
        {
            member.Parameter.set_(member.ViewOf(Weights));
        }
    }

    /// <summary>Copies this worker's part of a full vector.</summary>
    /// <param name="whole">The full vector, float32.</param>
    /// <param name="flat">This worker's vector of the parts of all shards. It receives the part.</param>
    public void StorePart(Tensor whole, Tensor flat)
    {
        foreach (var (start, partStart, part) in _map.Pieces())
        {
            PartOf(flat, partStart, part).copy_(whole.narrow(0, start + (_workers.Rank * part), part));
        }
    }

    /// <summary>Gathers the full vector from the workers' parts.</summary>
    /// <param name="flat">This worker's vector of the parts of all shards.</param>
    /// <param name="whole">Receives the full vector, in any format.</param>
    public void Gather(Tensor flat, Tensor whole)
    {
        using var noGrad = no_grad();
        foreach (var (start, partStart, part) in _map.Pieces())
        {
            using var scope = NewDisposeScope();
            _workers.AllGather(PartOf(flat, partStart, part).to_type(whole.dtype), whole.narrow(0, start, part * _workers.Size));
        }
    }

    /// <summary>Sums <see cref="Gradients"/> over the workers, adds this worker's part of the sums, and sets <see cref="Gradients"/> to zero.</summary>
    /// <param name="flat">This worker's vector of the parts of all shards. The part is added to it.</param>
    public void Reduce(Tensor flat)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (start, partStart, part) in _map.Pieces())
        {
            using var piece = NewDisposeScope();
            var sum = empty([part], ScalarType.Float32, flat.device);
            _workers.ReduceScatter(Gradients.narrow(0, start, part * _workers.Size), sum);
            PartOf(flat, partStart, part).Add_(sum);
        }

        Gradients.zero_();
    }

    private Tensor PartOf(Tensor flat, long start, long length) => flat.narrow(0, _offset + start, length);

    /// <summary>A matrix of the shard.</summary>
    /// <param name="Name">The name of the matrix.</param>
    /// <param name="Parameter">The matrix.</param>
    /// <param name="Shape">The shape of the matrix.</param>
    /// <param name="Start">The start of the matrix in the full vector.</param>
    /// <param name="Length">The number of elements.</param>
    internal sealed record Member(string Name, Parameter Parameter, long[] Shape, long Start, long Length)
    {
        public Tensor ViewOf(Tensor whole) => whole.narrow(0, Start, Length).view(Shape);
    }
}
