using System.Globalization;
using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Modeling;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>
/// Parameters whose float32 values, gradients and moments are divided among the workers (ZeRO, arXiv 1910.02054). A layer's matrices are
/// one vector, and those outside layers another, of which each worker keeps its part; vectors, such as the norms' weights, are so small
/// that every worker keeps all of them.
/// </summary>
internal sealed class ShardedParameters : ParameterStore, ILayerWeights
{
    private readonly Decoder _model;
    private readonly IWorkerGroup _workers;
    private readonly Shard[] _layers;
    private readonly Shard _others;                    // embedding and head
    private readonly (string Name, Parameter Parameter, Tensor Value)[] _vectors;
    private readonly bool _dividesWeights;
    private readonly ScalarType _dtype;
    private readonly Tensor? _layerWeights;            // of one layer at a time, where weights are divided
    private readonly Tensor _layerGradients;           // of one layer at a time
    private readonly Dictionary<Tensor, Tensor> _gradientOf = new(ReferenceEqualityComparer.Instance);
    private IReadOnlyList<Tensor> _shared = [];        // what the first worker reads from while the others help
    private (Tensor Flat, Shard Shard, Tensor Whole)? _read;

    /// <param name="model">The model.</param>
    /// <param name="parameters">The parameters to train, by name.</param>
    /// <param name="dividesWeights">Whether layers' weights are divided too.</param>
    /// <param name="workers">Who trains together.</param>
    public ShardedParameters(
        Decoder model, IEnumerable<(string Name, Parameter Parameter)> parameters, bool dividesWeights, IWorkerGroup workers)
    {
        (_model, _workers, _dividesWeights) = (model, workers, dividesWeights);
        var all = parameters.ToArray();
        var matrices = all.Where(p => p.Parameter.dim() > 1).ToArray();
        if (matrices.Length == 0)
        {
            throw new InvalidOperationException("There is nothing to divide among workers: no matrix of the model is trained.");
        }

        var device = matrices[0].Parameter.device;
        _dtype = matrices[0].Parameter.dtype;
        string Prefix(int layer) => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.");
        bool IsOf(string name, int layer) => name.StartsWith(Prefix(layer), StringComparison.Ordinal);
        long offset = 0;
        Shard Make(IEnumerable<(string Name, Parameter Parameter)> members)
        {
            var shard = new Shard([.. members], workers.Size, offset);
            offset += shard.Map.PartLength;
            return shard;
        }

        _layers = [.. Enumerable.Range(0, model.Layers.Count).Select(layer => Make(matrices.Where(p => IsOf(p.Name, layer))))];
        _others = Make(matrices.Where(p => !_layers.Any(shard => shard.Members.Any(member => member.Name == p.Name))));
        DecayedLength = offset;
        var vectors = all.Where(p => p.Parameter.dim() <= 1).ToArray();
        Layout = FlatParameters.LayoutOf(all);
        Count = all.Sum(p => p.Parameter.numel());
        long total = offset + vectors.Sum(p => p.Parameter.numel());

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Values = zeros([total], ScalarType.Float32, device).DetachFromDisposeScope();
        long longest = _layers.Max(shard => shard.Map.PaddedLength);
        _layerWeights = dividesWeights ? empty([longest], _dtype, device).DetachFromDisposeScope() : null;
        foreach (var shard in Shards)
        {
            bool isPassing = dividesWeights && shard != _others;
            shard.Weights = isPassing ? _layerWeights! : empty([shard.Map.PaddedLength], _dtype, device).DetachFromDisposeScope();
            Divide(shard, Values);
        }

        // After the model's own weights have gone.
        Gradients = zeros([total], ScalarType.Float32, device).DetachFromDisposeScope();
        _layerGradients = zeros([longest], ScalarType.Float32, device).DetachFromDisposeScope();
        _others.Gradients = zeros([_others.Map.PaddedLength], ScalarType.Float32, device).DetachFromDisposeScope();
        foreach (var shard in Shards)
        {
            shard.Gradients ??= _layerGradients;
            foreach (var member in shard.Members)
            {
                _gradientOf[member.Parameter] = member.ViewOf(shard.Gradients).DetachFromDisposeScope();
                member.Parameter.requires_grad = true;
            }
        }

        _vectors = [.. vectors.Select(p =>
        {
            long length = p.Parameter.numel();
            var value = Values.narrow(0, offset, length).view(p.Parameter.shape).DetachFromDisposeScope();
            var gradient = Gradients.narrow(0, offset, length).view(p.Parameter.shape).DetachFromDisposeScope();
            value.copy_(p.Parameter);
            p.Parameter.requires_grad = true;
            _gradientOf[p.Parameter] = gradient;
            offset += length;
            return (p.Name, p.Parameter, value);
        })];
        model.LayerWeights = this;
    }

    public override Tensor Values { get; }

    public override Tensor Gradients { get; }

    public override long DecayedLength { get; }

    public override long Count { get; }

    public override bool IsSharded => true;

    public override string Layout { get; }

    private IEnumerable<Shard> Shards => [.. _layers, _others];

    public void Gather(int layer)
    {
        if (_dividesWeights)
        {
            Gather(_layers[layer]);
        }
    }

    public void Reduce(int layer) => Reduce(_layers[layer]);

    public override Tensor? GradientOf(Tensor parameter) => _gradientOf.GetValueOrDefault(parameter);

    public override void CollectGradients()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Reduce(_others);
        foreach (var shard in _layers.Where(shard => shard.Members.Any(member => member.Parameter.grad is not null)))
        {
            Reduce(shard);   // autograd went back through all layers at once
        }

        foreach (var (_, parameter, _) in _vectors)
        {
            TakeGradient(parameter);
        }
    }

    public override void ReduceGradients()
    {
        using var scope = NewDisposeScope();
        _workers.AllReduce(Gradients.narrow(0, DecayedLength, Gradients.numel() - DecayedLength));
    }

    public override double GradientNorm()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        double Square(long start, long length) =>
            length == 0 ? 0 : Math.Pow(Gradients.narrow(0, start, length).norm().to_type(ScalarType.Float64).item<double>(), 2);
        double[] squares = [Square(0, DecayedLength)];
        _workers.AllReduce(squares);
        return _workers.OfFirst(Math.Sqrt(squares[0] + Square(DecayedLength, Gradients.numel() - DecayedLength)));
    }

    public override void PublishValues()
    {
        using var noGrad = no_grad();
        foreach (var shard in Shards.Where(shard => !_dividesWeights || shard == _others))
        {
            Gather(shard);
        }

        foreach (var (_, parameter, value) in _vectors)
        {
            parameter.copy_(value);
        }
    }

    public override IEnumerable<LazyTensor> Tensors(Tensor flat)
    {
        foreach (var shard in Shards)
        {
            foreach (var member in shard.Members)
            {
                yield return new LazyTensor(member.Name, ScalarType.Float32, sizeof(float), member.Shape, () => member.ViewOf(ReadWhole(flat, shard)));
            }
        }

        foreach (var (name, view) in VectorsOf(flat))
        {
            yield return LazyTensor.Of(name, view);
        }
    }

    public override void Fill(Tensor flat, Action<string, Tensor> read)
    {
        using var noGrad = no_grad();
        foreach (var shard in Shards)
        {
            using var scope = NewDisposeScope();
            var whole = zeros([shard.Map.PaddedLength], ScalarType.Float32);
            foreach (var member in shard.Members)
            {
                read(member.Name, member.ViewOf(whole));
            }

            KeepPart(shard, whole, flat);
        }

        using var vectors = NewDisposeScope();
        foreach (var (name, view) in VectorsOf(flat))
        {
            read(name, view);
        }
    }

    public override void ShareReading(IReadOnlyList<Tensor> vectors)
    {
        _shared = vectors;
        if (_workers.Rank == 0)
        {
            return;
        }

        Shard[] shards = [.. Shards];
        while (_workers.OfFirst((Vector: -1, Shard: -1)) is { Vector: >= 0 } wanted)
        {
            using var noGrad = no_grad();
            Whole(vectors[wanted.Vector], shards[wanted.Shard]);
        }

        _shared = [];
        EndReading();
    }

    public override void EndShareReading()
    {
        _workers.OfFirst((-1, -1));
        _shared = [];
        EndReading();
    }

    public override void Complete()
    {
        _model.LayerWeights = null;
        if (!_dividesWeights)
        {
            return;
        }

        DisposeGradients();

        using var noGrad = no_grad();
        foreach (var shard in _layers)
        {
            using var scope = NewDisposeScope();
            shard.Weights = empty([shard.Map.PaddedLength], _dtype, Values.device).DetachFromDisposeScope();
            Attach(shard);
            Gather(shard);
        }
    }

    public override void Dispose()
    {
        _model.LayerWeights = null;
        foreach (var parameter in _gradientOf.Keys.Cast<Parameter>())
        {
            parameter.grad = null;
            parameter.requires_grad = false;
        }

        EndReading();
        DisposeGradients();
        foreach (var tensor in (Tensor?[])[Values, _layerWeights, .. Shards.Select(shard => shard.Weights), .. _vectors.Select(vector => vector.Value)])
        {
            tensor?.Dispose();
        }
    }

    private void DisposeGradients()
    {
        foreach (var tensor in (Tensor?[])[Gradients, _layerGradients, _others.Gradients, .. _gradientOf.Values])
        {
            tensor?.Dispose();
        }
    }

    // Takes the part of this worker, and has the parameters look at memory that Gather fills.
    private void Divide(Shard shard, Tensor values)
    {
        using var scope = NewDisposeScope();
        var whole = zeros([shard.Map.PaddedLength], ScalarType.Float32, values.device);
        foreach (var member in shard.Members)
        {
            member.ViewOf(whole).copy_(member.Parameter);
        }

        KeepPart(shard, whole, values);
        Attach(shard);
        Gather(shard);
    }

    private static void Attach(Shard shard)
    {
        foreach (var member in shard.Members)
        {
            member.Parameter.set_(member.ViewOf(shard.Weights));
        }
    }

    private void KeepPart(Shard shard, Tensor whole, Tensor flat)
    {
        foreach (var (start, partStart, part) in shard.Map.Pieces())
        {
            flat.narrow(0, shard.Offset + partStart, part).copy_(whole.narrow(0, start + (_workers.Rank * part), part));
        }
    }

    private void Gather(Shard shard) => Gather(shard, Values, shard.Weights);

    private void Gather(Shard shard, Tensor flat, Tensor whole)
    {
        using var noGrad = no_grad();
        foreach (var (start, partStart, part) in shard.Map.Pieces())
        {
            using var scope = NewDisposeScope();
            _workers.AllGather(flat.narrow(0, shard.Offset + partStart, part).to_type(whole.dtype), whole.narrow(0, start, part * _workers.Size));
        }
    }

    private void Reduce(Shard shard)
    {
        using var noGrad = no_grad();
        foreach (var member in shard.Members)
        {
            TakeGradient(member.Parameter);
        }

        foreach (var (start, partStart, part) in shard.Map.Pieces())
        {
            using var scope = NewDisposeScope();
            var sum = empty([part], ScalarType.Float32, Values.device);
            _workers.ReduceScatter(shard.Gradients!.narrow(0, start, part * _workers.Size), sum);
            Gradients.narrow(0, shard.Offset + partStart, part).add_(sum);
        }

        using var ending = NewDisposeScope();
        shard.Gradients!.zero_();
    }

    private void TakeGradient(Parameter parameter)
    {
        if (parameter.grad is { } own)
        {
            _gradientOf[parameter].add_(own.to_type(ScalarType.Float32));
            parameter.grad = null;
            own.Dispose();
        }
    }

    private Tensor ReadWhole(Tensor flat, Shard shard)
    {
        if (_shared.Count > 0 && !IsRead(flat, shard))
        {
            _workers.OfFirst((Index(_shared, flat), Array.IndexOf([.. Shards], shard)));
        }

        return Whole(flat, shard);
    }

    private bool IsRead(Tensor flat, Shard shard) => _read is { } read && ReferenceEquals(read.Flat, flat) && read.Shard == shard;

    // A shard put together stays until another is asked for: its tensors are read one after the other.
    private Tensor Whole(Tensor flat, Shard shard)
    {
        if (!IsRead(flat, shard))
        {
            EndReading();
            using var scope = NewDisposeScope();
            var whole = empty([shard.Map.PaddedLength], ScalarType.Float32, flat.device);
            Gather(shard, flat, whole);
            _read = (flat, shard, whole.DetachFromDisposeScope());
        }

        return _read!.Value.Whole;
    }

    private void EndReading()
    {
        _read?.Whole.Dispose();
        _read = null;
    }

    private IEnumerable<(string Name, Tensor View)> VectorsOf(Tensor flat)
    {
        long offset = DecayedLength;
        foreach (var (name, _, value) in _vectors)
        {
            yield return (name, flat.narrow(0, offset, value.numel()).view(value.shape));
            offset += value.numel();
        }
    }

    private static int Index(IReadOnlyList<Tensor> tensors, Tensor tensor)
    {
        int index = 0;
        while (!ReferenceEquals(tensors[index], tensor))
        {
            index++;
        }

        return index;
    }

    /// <summary>Matrices that are divided together.</summary>
    private sealed class Shard
    {
        public Shard(IReadOnlyList<(string Name, Parameter Parameter)> parameters, int workers, long offset)
        {
            long start = 0;
            Members = [.. parameters.Select(p =>
            {
                var member = new Member(p.Name, p.Parameter, p.Parameter.shape, start);
                start += p.Parameter.numel();
                return member;
            })];
            Map = new ShardMap(start, workers);
            Offset = offset;
        }

        public IReadOnlyList<Member> Members { get; }

        public ShardMap Map { get; }

        /// <summary>Gets where a worker's part begins in its vectors.</summary>
        public long Offset { get; }

        /// <summary>Gets or sets the memory of the whole weights.</summary>
        public Tensor Weights { get; set; } = null!;

        /// <summary>Gets or sets the memory of the whole gradients, float32.</summary>
        public Tensor? Gradients { get; set; }
    }

    private sealed record Member(string Name, Parameter Parameter, long[] Shape, long Start)
    {
        public Tensor ViewOf(Tensor whole) => whole.narrow(0, Start, Shape.Aggregate(1L, (length, size) => length * size)).view(Shape);
    }
}
