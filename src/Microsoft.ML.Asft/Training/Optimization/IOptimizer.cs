using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// An update rule. It sees all trained parameters as one vector, float32 (P), and their gradients as another in the same order; with several
/// workers that divide them, a worker's part of both. Set <see cref="Options.OptimizerOptions.Custom"/> to bring one of your own.
/// </summary>
/// <remarks>
/// Clipping and decoupled weight decay are done before <see cref="Step"/>, and the gradients are set to zero after it. It is called by one thread at a time.
/// </remarks>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// Gets what the rule remembers from step to step besides the step's number, each a vector like the values. Checkpoints save it by these names and
    /// put it back into the same tensors.
    /// </summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Changes the values.</summary>
    /// <param name="step">The number of this step among those taken, from 1.</param>
    /// <param name="learningRate">The step size.</param>
    void Step(int step, double learningRate);
}
