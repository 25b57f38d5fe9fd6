using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Training.Distributed;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// Stores all trained parameters as one float32 vector and their gradients as another. A float32 parameter becomes a view of the first
/// vector, and its gradient a view of the second. A parameter of another format keeps its own memory; its float32 master weights are here.
/// </summary>
internal sealed class FlatParameters : ParameterStore
{
    private readonly (string Name, Parameter Parameter, Tensor? Master, Tensor Gradient)[] _parts;
    private readonly IWorkerGroup _workers;
    private readonly Dictionary<Tensor, Tensor> _gradientOf = new(ReferenceEqualityComparer.Instance);

    /// <param name="parameters">The parameters to train, by name.</param>
    /// <param name="workers">The workers that train together, each with all parameters; <see langword="null"/> for this process alone.</param>
    public FlatParameters(IEnumerable<(string Name, Parameter Parameter)> parameters, IWorkerGroup? workers = null)
    {
        _workers = workers ?? SingleWorker.Instance;
        var ordered = Ordered(parameters).ToArray();
        if (ordered.Length == 0)
        {
            throw new InvalidOperationException("There is nothing to train: no parameter of the model was chosen.");
        }

        Layout = LayoutOf(ordered);
        long total = ordered.Sum(p => p.Parameter.numel());
        var device = ordered[0].Parameter.device;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Values = empty([total], ScalarType.Float32, device).DetachFromDisposeScope();
        Gradients = zeros([total], ScalarType.Float32, device).DetachFromDisposeScope();
        DecayedLength = ordered.Where(p => p.Parameter.dim() > 1).Sum(p => p.Parameter.numel());
        _parts = new (string, Parameter, Tensor?, Tensor)[ordered.Length];
        long offset = 0;
        for (int i = 0; i < ordered.Length; i++)
        {
            var (name, parameter) = ordered[i];
            long count = parameter.numel();
            var value = Values.narrow(0, offset, count).view(parameter.shape).DetachFromDisposeScope();
            var gradient = Gradients.narrow(0, offset, count).view(parameter.shape).DetachFromDisposeScope();
            value.copy_(parameter);
            parameter.requires_grad = true;
            bool isMaster = parameter.dtype != ScalarType.Float32;
            if (!isMaster)
            {
                parameter.set_(value);
                parameter.grad = gradient;
                value.Dispose();
            }

            _parts[i] = (name, parameter, isMaster ? value : null, gradient);
            _gradientOf[parameter] = gradient;
            offset += count;
        }
    }

    public override Tensor Values { get; }

    public override Tensor Gradients { get; }

    public override long DecayedLength { get; }

    public override long Count => Values.numel();

    public override string Layout { get; }

    /// <summary>The names and shapes of the parameters, in the order of the vectors.</summary>
    public static string LayoutOf(IEnumerable<(string Name, Parameter Parameter)> parameters) =>
        string.Join(' ', Ordered(parameters).Select(p => $"{p.Name}[{string.Join(',', p.Parameter.shape)}]"));

    public override Tensor? GradientOf(Tensor parameter) => _gradientOf.GetValueOrDefault(parameter);

    public override void CollectGradients()
    {
        foreach (var (_, parameter, master, gradient) in _parts)
        {
            if (master is not null)
            {
                TakeGradient(parameter, gradient);
            }
        }
    }

    public override void ReduceGradients() => _workers.AllReduce(Gradients);

    // The first worker's norm for all: norms computed with different numbers of threads may differ in the last digit.
    public override double GradientNorm() => _workers.OfFirst(Norm(Gradients));

    public override IEnumerable<LazyTensor> Tensors(Tensor flat)
    {
        long offset = 0;
        foreach (var (name, _, _, gradient) in _parts)
        {
            (long start, long length, long[] shape) = (offset, gradient.numel(), gradient.shape);
            offset += length;
            yield return new LazyTensor(name, ScalarType.Float32, sizeof(float), shape, () => flat.narrow(0, start, length).view(shape));
        }
    }

    public override void Fill(Tensor flat, Action<string, Tensor> read)
    {
        foreach (var tensor in Tensors(flat))
        {
            read(tensor.Name, tensor.Read());
        }
    }

    public override void PublishValues()
    {
        using var noGrad = no_grad();
        foreach (var (_, parameter, master, _) in _parts)
        {
            if (master is not null)
            {
                parameter.copy_(master);
            }
        }
    }

    // Matrices first, because weight decay applies only to them.
    private static IEnumerable<(string Name, Parameter Parameter)> Ordered(IEnumerable<(string Name, Parameter Parameter)> parameters) =>
        parameters.OrderBy(p => p.Parameter.dim() > 1 ? 0 : 1);

    public override void Dispose()
    {
        foreach (var (_, parameter, master, gradient) in _parts)
        {
            parameter.grad = null;
            parameter.requires_grad = false;
            master?.Dispose();
            gradient.Dispose();
        }

        Values.Dispose();
        Gradients.Dispose();
    }
}
