using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// An update rule. It gets all trained parameters as one vector, float32 (P), and their gradients as another in the same order. If workers
/// shard the parameters, it gets a worker's part of both. Set <see cref="Options.OptimizerOptions.Custom"/> to use your own.
/// </summary>
/// <remarks>
/// The caller clips the gradients and applies decoupled weight decay before <see cref="Step"/>, and sets the gradients to zero after it. One thread at a
/// time calls it.
/// </remarks>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// Gets the state that the rule keeps from step to step, apart from the number of the step. Each part is a vector like the values. Checkpoints save the
    /// parts by these names, and a resumed run loads them into the same tensors.
    /// </summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Updates the values.</summary>
    /// <param name="step">The number of this step, from 1. Skipped steps do not count.</param>
    /// <param name="learningRate">The step size.</param>
    void Step(int step, double learningRate);
}
