using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Distributed;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// The trained parameters as the optimizer sees them: one float32 vector of values and one of gradients. With sharding a worker has a part of each.
/// </summary>
internal abstract class ParameterStore : IDisposable
{
    /// <summary>Gets this worker's values, float32 (P). The values with weight decay come first.</summary>
    public abstract Tensor Values { get; }

    /// <summary>Gets this worker's gradients, float32 (P), in the same order.</summary>
    public abstract Tensor Gradients { get; }

    /// <summary>Gets the number of values with weight decay.</summary>
    public abstract long DecayedLength { get; }

    /// <summary>Gets the number of trained parameters, over all workers.</summary>
    public abstract long Count { get; }

    /// <summary>Gets the names and shapes of the trained parameters.</summary>
    public abstract string Layout { get; }

    /// <summary>Gets whether the parameters are sharded among workers, so that every pass needs all workers.</summary>
    public virtual bool IsSharded => false;

    /// <summary>Creates the store that <see cref="RuntimeOptions.Sharding"/> asks for.</summary>
    /// <exception cref="InvalidOperationException">The model cannot be sharded in this way.</exception>
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
                $"Runtime.Sharding needs a model that implements {nameof(ILayeredModel)}, and {loaded.Model.GetType().Name} does not. "
                + $"Implement it, or leave Runtime.Sharding out.");
        }

        if (dividesWeights && !options.Runtime.GradientCheckpointing && (options.NeftuneAlpha > 0 || !CpuExecutor.Supports(loaded.Model)))
        {
            throw new InvalidOperationException(
                $"With autograd, {nameof(WorkerSharding)}.{nameof(WorkerSharding.Parameters)} needs Runtime.GradientCheckpointing, because a layer's weights "
                + $"are in memory only while the layer runs. Autograd is used on a GPU, with {nameof(AsftOptions.NeftuneAlpha)}, and for models made in code.");
        }

        return new ShardedParameters(layered, trained, dividesWeights, options.Runtime.WorkerGroup);
    }

    /// <summary>The float32 gradient of one parameter, to which the CPU executor adds; <see langword="null"/> if the parameter is not trained.</summary>
    public abstract Tensor? GradientOf(Tensor parameter);

    /// <summary>
    /// Collects the gradients that a backward pass left: it adds those of autograd to the float32 gradients. With sharding it also sums those outside
    /// layers over the workers. Call it after each backward pass.
    /// </summary>
    public abstract void CollectGradients();

    /// <summary>Replaces gradients by their sums over the workers. Call it before each optimizer step.</summary>
    public abstract void ReduceGradients();

    /// <summary>The Euclidean norm of all gradients. Every worker gets the same number.</summary>
    public abstract double GradientNorm();

    /// <summary>Sets the gradients to zero.</summary>
    public void ClearGradients()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Gradients.zero_();
    }

    /// <summary>Copies the values to the model's parameters. Call it after each optimizer step.</summary>
    public abstract void PublishValues();

    /// <summary>
    /// The tensors in a vector of this length, each in the shape of its parameter. With sharding a tensor is gathered when it is read. That needs all
    /// workers: they read the same tensors in the same order, or <see cref="BeginRootReads"/> was called.
    /// </summary>
    /// <param name="flat">The values, the gradients or a part of the optimizer's state.</param>
    public abstract IEnumerable<LazyTensor> Tensors(Tensor flat);

    /// <summary>Fills a vector of this length from full tensors. Each worker keeps its part of them.</summary>
    /// <param name="flat">The values or a part of the optimizer's state.</param>
    /// <param name="read">Reads the tensor with the given name into the given tensor.</param>
    public abstract void Fill(Tensor flat, Action<string, Tensor> read);

    /// <summary>
    /// From now on only the first worker reads tensors. On the other workers this call takes part in its reads, and returns when the first worker
    /// calls <see cref="EndRootReads"/>.
    /// </summary>
    /// <param name="vectors">The vectors that the first worker reads from, in the same order on every worker.</param>
    public virtual void BeginRootReads(IReadOnlyList<Tensor> vectors)
    {
    }

    /// <summary>Ends the reads of the first worker, which calls it; also if it failed before <see cref="BeginRootReads"/>.</summary>
    public virtual void EndRootReads()
    {
    }

    /// <summary>Gives every worker all parameters in full. Call it at the end of training.</summary>
    public virtual void Complete()
    {
    }

    public abstract void Dispose();

    /// <summary>Adds the gradient that autograd stored in a parameter to the float32 gradient, and removes it from the parameter.</summary>
    protected static void TakeGradient(Parameter parameter, Tensor gradient)
    {
        if (parameter.grad is { } own)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            gradient.Add_(own.to_type(ScalarType.Float32));
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
