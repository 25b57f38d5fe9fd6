using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Training.Optimization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Distributed;

/// <summary>
/// Parameters whose float32 values, gradients and optimizer state are sharded among the workers (ZeRO, arXiv 1910.02054). The matrices of a layer
/// form one shard, and the matrices outside layers another. Vectors, such as the norms' weights, are so small that every worker stores
/// all of them.
/// </summary>
internal sealed class ShardedParameters : ParameterStore, ILayerWeights
{
    private readonly ILayeredModel _model;
    private readonly IWorkerGroup _workers;
    private readonly Shard[] _layers;
    private readonly Shard _others;                    // embedding and head
    private readonly Shard[] _shards;                  // the layers and the others
    private readonly ShardReader _reader;
    private readonly (string Name, Parameter Parameter, Tensor Value)[] _vectors;
    private readonly bool _dividesWeights;
    private readonly ScalarType _dtype;
    private readonly Tensor? _layerWeights;            // memory for one layer at a time, if weights are sharded
    private readonly Tensor _layerGradients;           // memory for one layer at a time
    private readonly Dictionary<Tensor, Tensor> _gradientOf = new(ReferenceEqualityComparer.Instance);

    /// <param name="model">The model.</param>
    /// <param name="parameters">The parameters to train, by name.</param>
    /// <param name="dividesWeights">Whether the layers' weights in the model's format are sharded too.</param>
    /// <param name="workers">The workers that train together.</param>
    public ShardedParameters(
        ILayeredModel model, IEnumerable<(string Name, Parameter Parameter)> parameters, bool dividesWeights, IWorkerGroup workers)
    {
        (_model, _workers, _dividesWeights) = (model, workers, dividesWeights);
        var all = parameters.ToArray();
        var matrices = all.Where(p => p.Parameter.dim() > 1).ToArray();
        if (matrices.Length == 0)
        {
            throw new InvalidOperationException("There is nothing to shard among workers: no matrix of the model is trained.");
        }

        var device = matrices[0].Parameter.device;
        _dtype = matrices[0].Parameter.dtype;
        bool IsOf(string name, int layer) => name.StartsWith($"{model.LayerNames[layer]}.", StringComparison.Ordinal);
        long offset = 0;
        Shard Make(IEnumerable<(string Name, Parameter Parameter)> members)
        {
            var shard = new Shard(members, workers, offset);
            offset += shard.PartLength;
            return shard;
        }

        _layers = [.. Enumerable.Range(0, model.LayerNames.Count).Select(layer => Make(matrices.Where(p => IsOf(p.Name, layer))))];
        _others = Make(matrices.Where(p => !_layers.Any(shard => shard.Members.Any(member => member.Name == p.Name))));
        _shards = [.. _layers, _others];
        _reader = new ShardReader(workers, _shards);
        DecayedLength = offset;
        var vectors = all.Where(p => p.Parameter.dim() <= 1).ToArray();
        Layout = FlatParameters.LayoutOf(all);
        Count = all.Sum(p => p.Parameter.numel());
        long total = offset + vectors.Sum(p => p.Parameter.numel());

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Values = zeros([total], ScalarType.Float32, device).DetachFromDisposeScope();
        long longest = _layers.Max(shard => shard.Length);
        _layerWeights = dividesWeights ? empty([longest], _dtype, device).DetachFromDisposeScope() : null;
        foreach (var shard in _shards)
        {
            bool sharesMemory = dividesWeights && shard != _others;
            shard.Weights = sharesMemory ? _layerWeights! : empty([shard.Length], _dtype, device).DetachFromDisposeScope();
            Distribute(shard);
        }

        // Allocated only now, when the model's own weights have been freed.
        Gradients = zeros([total], ScalarType.Float32, device).DetachFromDisposeScope();
        _layerGradients = zeros([longest], ScalarType.Float32, device).DetachFromDisposeScope();
        foreach (var shard in _shards)
        {
            shard.Gradients = shard == _others ? zeros([shard.Length], ScalarType.Float32, device).DetachFromDisposeScope() : _layerGradients;
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
            Reduce(shard);   // autograd ran the backward pass of all layers at once
        }

        foreach (var (_, parameter, _) in _vectors)
        {
            TakeGradient(parameter, _gradientOf[parameter]);
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
        double Square(long start, long length) => Math.Pow(Norm(Gradients.narrow(0, start, length)), 2);
        double[] squares = [Square(0, DecayedLength)];
        _workers.AllReduce(squares);
        return _workers.OfFirst(Math.Sqrt(squares[0] + Square(DecayedLength, Gradients.numel() - DecayedLength)));
    }

    public override void PublishValues()
    {
        using var noGrad = no_grad();
        foreach (var shard in _shards.Where(shard => !_dividesWeights || shard == _others))
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
        foreach (var shard in _shards)
        {
            foreach (var member in shard.Members)
            {
                yield return new LazyTensor(member.Name, ScalarType.Float32, sizeof(float), member.Shape, () => member.ViewOf(_reader.Read(flat, shard)));
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
        foreach (var shard in _shards)
        {
            using var scope = NewDisposeScope();
            var whole = zeros([shard.Length], ScalarType.Float32, flat.device);
            foreach (var member in shard.Members)
            {
                read(member.Name, member.ViewOf(whole));
            }

            shard.StorePart(whole, flat);
        }

        using var vectors = NewDisposeScope();
        foreach (var (name, view) in VectorsOf(flat))
        {
            read(name, view);
        }
    }

    public override void BeginRootReads(IReadOnlyList<Tensor> vectors) => _reader.Begin(vectors);

    public override void EndRootReads() => _reader.End();

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
            shard.Weights = empty([shard.Length], _dtype, Values.device).DetachFromDisposeScope();
            shard.Attach();
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

        _reader.Dispose();
        DisposeGradients();
        foreach (var tensor in (Tensor?[])[Values, _layerWeights, .. _shards.Select(shard => shard.Weights), .. _vectors.Select(vector => vector.Value)])
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

    // Stores this worker's part of the values, and makes the parameters views of the shard's memory, which Gather fills.
    private void Distribute(Shard shard)
    {
        using var scope = NewDisposeScope();
        var whole = zeros([shard.Length], ScalarType.Float32, Values.device);
        foreach (var member in shard.Members)
        {
            member.ViewOf(whole).copy_(member.Parameter);
        }

        shard.StorePart(whole, Values);
        shard.Attach();
        Gather(shard);
    }

    private void Gather(Shard shard) => shard.Gather(Values, shard.Weights);

    private void Reduce(Shard shard)
    {
        foreach (var member in shard.Members)
        {
            TakeGradient(member.Parameter, _gradientOf[member.Parameter]);
        }

        shard.Reduce(Gradients);
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
}
