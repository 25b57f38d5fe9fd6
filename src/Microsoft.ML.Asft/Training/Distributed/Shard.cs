using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>Matrices that are divided among the workers as one vector, of which each worker keeps its part.</summary>
internal sealed class Shard
{
    private readonly IWorkerGroup _workers;
    private readonly ShardMap _map;
    private readonly long _offset;

    /// <param name="parameters">The matrices, by name.</param>
    /// <param name="workers">Whom it is divided among.</param>
    /// <param name="offset">Where this worker's part begins in a vector of all its parts.</param>
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

    /// <summary>Gets the numbers of the whole, with its padding.</summary>
    public long Length => _map.PaddedLength;

    /// <summary>Gets the numbers of a worker's part, padding included.</summary>
    public long PartLength => _map.PartLength;

    /// <summary>Gets or sets the memory of the whole weights, in the model's format.</summary>
    public Tensor Weights { get; set; } = null!;

    /// <summary>Gets or sets the memory of the whole gradients, float32.</summary>
    public Tensor Gradients { get; set; } = null!;

    /// <summary>Has the parameters look at <see cref="Weights"/>.</summary>
    public void Attach()
    {
        foreach (var member in Members)
        {
            member.Parameter.set_(member.ViewOf(Weights));
        }
    }

    /// <summary>Keeps this worker's part of a whole.</summary>
    /// <param name="whole">The whole, float32.</param>
    /// <param name="flat">This worker's vector of all its parts.</param>
    public void Keep(Tensor whole, Tensor flat)
    {
        foreach (var (start, partStart, part) in _map.Pieces())
        {
            PartOf(flat, partStart, part).copy_(whole.narrow(0, start + (_workers.Rank * part), part));
        }
    }

    /// <summary>Puts the whole together from the workers' parts.</summary>
    /// <param name="flat">This worker's vector of all its parts.</param>
    /// <param name="whole">What is filled, of any format.</param>
    public void Gather(Tensor flat, Tensor whole)
    {
        using var noGrad = no_grad();
        foreach (var (start, partStart, part) in _map.Pieces())
        {
            using var scope = NewDisposeScope();
            _workers.AllGather(PartOf(flat, partStart, part).to_type(whole.dtype), whole.narrow(0, start, part * _workers.Size));
        }
    }

    /// <summary>Adds this worker's part of the sum of all workers' <see cref="Gradients"/>, and sets those to zero.</summary>
    /// <param name="flat">This worker's vector of all its parts.</param>
    public void Reduce(Tensor flat)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (start, partStart, part) in _map.Pieces())
        {
            using var piece = NewDisposeScope();
            var sum = empty([part], ScalarType.Float32, flat.device);
            _workers.ReduceScatter(Gradients.narrow(0, start, part * _workers.Size), sum);
            PartOf(flat, partStart, part).add_(sum);
        }

        Gradients.zero_();
    }

    private Tensor PartOf(Tensor flat, long start, long length) => flat.narrow(0, _offset + start, length);

    /// <summary>One of the matrices.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Parameter">The matrix.</param>
    /// <param name="Shape">Its shape.</param>
    /// <param name="Start">Where it begins in the whole.</param>
    /// <param name="Length">Its numbers.</param>
    internal sealed record Member(string Name, Parameter Parameter, long[] Shape, long Start, long Length)
    {
        public Tensor ViewOf(Tensor whole) => whole.narrow(0, Start, Length).view(Shape);
    }
}
