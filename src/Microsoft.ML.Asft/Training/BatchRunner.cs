using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>Runs a model over batches: forward to the hidden states that labels need, and back. One batch at a time.</summary>
internal abstract class BatchRunner : IDisposable
{
    /// <summary>Chooses how a model is run.</summary>
    /// <param name="model">The model. It stays its owner's.</param>
    /// <param name="recompute">Whether the backward pass runs each layer again instead of keeping what it computed.</param>
    public static BatchRunner For(CausalLanguageModel model, bool recompute) => PackedDecoder.Supports(model)
        ? new PackedBatchRunner((Decoder)model, recompute)
        : new AutogradBatchRunner(model, recompute);

    /// <summary>Takes the memory that batches of so many tokens need, so that it does not grow later.</summary>
    public virtual void Reserve(long tokens)
    {
    }

    /// <summary>Computes hidden states where a batch has labels: (N, H), without a graph.</summary>
    public abstract Tensor HiddenStates(TrainingBatch batch);

    /// <summary>The same, for <see cref="Backward"/> to follow.</summary>
    public abstract Tensor Forward(TrainingBatch batch);

    /// <summary>Adds to the gradients of the trained parameters.</summary>
    /// <param name="gradient">Of what <see cref="Forward"/> returned.</param>
    /// <param name="parameters">What is trained.</param>
    public abstract void Backward(Tensor gradient, FlatParameters parameters);

    public abstract void Dispose();
}
