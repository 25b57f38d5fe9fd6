using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Distributed;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// What is trained, as the optimizer sees it: float32 values and their gradients as one vector each, of which a worker may have a part.
/// </summary>
internal abstract class ParameterStore : IDisposable
{
    /// <summary>Gets this worker's values, float32 (P): decayed ones first.</summary>
    public abstract Tensor Values { get; }

    /// <summary>Gets this worker's gradients, float32 (P), in the same order.</summary>
    public abstract Tensor Gradients { get; }

    /// <summary>Gets how many of the values, from the first, weight decay is for.</summary>
    public abstract long DecayedLength { get; }

    /// <summary>Gets the number of parameters of all workers together.</summary>
    public abstract long Count { get; }

    /// <summary>Gets the names and shapes.</summary>
    public abstract string Layout { get; }

    /// <summary>Gets whether other workers have what is not here, so that all must take part in every pass.</summary>
    public virtual bool IsSharded => false;

    /// <summary>Chooses who keeps what, as the options say.</summary>
    /// <exception cref="InvalidOperationException">The model cannot be divided so.</exception>
    public static ParameterStore For(LoadedModel loaded, IReadOnlyList<(string Name, Parameter Parameter)> trained, AsftOptions options)
    {
        if (options.Runtime.Sharding == WorkerSharding.None)
        {
            return new FlatParameters(trained, options.Runtime.WorkerGroup);
        }

        bool dividesWeights = options.Runtime.Sharding == WorkerSharding.Parameters;
        if (loaded.Model is not ILayeredModel layered)
        {
            throw new InvalidOperationException(
                $"Runtime.Sharding needs a model that is an {nameof(ILayeredModel)}, and {loaded.Model.GetType().Name} is none. "
                + $"Implement it, or leave Runtime.Sharding out.");
        }

        if (dividesWeights && !options.Runtime.GradientCheckpointing && (options.NeftuneAlpha > 0 || !CpuExecutor.Supports(loaded.Model)))
        {
            throw new InvalidOperationException(
                $"{nameof(WorkerSharding)}.{nameof(WorkerSharding.Parameters)} under autograd (on a GPU, with {nameof(AsftOptions.NeftuneAlpha)}, of a model made in code) needs "
                + $"Runtime.GradientCheckpointing: a layer's weights are there for its own pass alone.");
        }

        return new ShardedParameters(layered, trained, dividesWeights, options.Runtime.WorkerGroup);
    }

    /// <summary>The float32 gradient of one parameter, to be added to by hand; <see langword="null"/> where it is not trained.</summary>
    public abstract Tensor? GradientOf(Tensor parameter);

    /// <summary>After each backward pass: takes over the gradients that parameters, and others than layers, have been left.</summary>
    public abstract void CollectGradients();

    /// <summary>Before each optimizer step: replaces gradients by their sums over the workers.</summary>
    public abstract void ReduceGradients();

    /// <summary>The Euclidean norm of all gradients, the same for every worker.</summary>
    public abstract double GradientNorm();

    /// <summary>Sets the gradients to zero, as an optimizer step does too.</summary>
    public void ClearGradients()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Gradients.zero_();
    }

    /// <summary>After each optimizer step: hands the values back to the parameters.</summary>
    public abstract void PublishValues();

    /// <summary>
    /// The tensors of a vector of this length, each in the shape of its parameter. One is put together when it is read, with the help of
    /// the other workers: they read the same at the same time, unless it is in <see cref="ShareReading"/>.
    /// </summary>
    /// <param name="flat">The values, the gradients or a moment.</param>
    public abstract IEnumerable<LazyTensor> Tensors(Tensor flat);

    /// <summary>Fills a vector of this length from whole tensors, of which each worker keeps its part.</summary>
    /// <param name="flat">The values or a moment.</param>
    /// <param name="read">Reads the tensor of a name into the one it is given.</param>
    public abstract void Fill(Tensor flat, Action<string, Tensor> read);

    /// <summary>
    /// Begins a time in which the first worker alone reads tensors. The others help until it ends that, and return then.
    /// </summary>
    /// <param name="vectors">Those that it reads from.</param>
    public virtual void ShareReading(IReadOnlyList<Tensor> vectors)
    {
    }

    /// <summary>Ends it, for the first worker to call, also where it has not begun.</summary>
    public virtual void EndShareReading()
    {
    }

    /// <summary>At the end: gives every worker all of every parameter.</summary>
    public virtual void Complete()
    {
    }

    public abstract void Dispose();

    /// <summary>Adds the gradient that autograd left a parameter to its float32 one, and takes it away.</summary>
    protected static void TakeGradient(Parameter parameter, Tensor gradient)
    {
        if (parameter.grad is { } own)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            gradient.add_(own.to_type(ScalarType.Float32));
            parameter.grad = null;
            own.Dispose();
        }
    }

    /// <summary>The Euclidean norm of a vector.</summary>
    protected static double Norm(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.norm().to_type(ScalarType.Float64).item<double>();
    }
}
