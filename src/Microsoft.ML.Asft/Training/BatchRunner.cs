using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>Runs a model over batches: forward to the hidden states that labels need, and back. One batch at a time.</summary>
internal abstract class BatchRunner : IDisposable
{
    /// <summary>Chooses how a model is run.</summary>
    /// <param name="model">The model. It stays its owner's.</param>
    /// <param name="recompute">Whether the backward pass runs each layer again instead of keeping what it computed.</param>
    /// <param name="packing">Whether autograd gets a batch's rows in one row, instead of padded to the longest.</param>
    /// <param name="neftuneAlpha">NEFTune's α; 0 for no noise on the embeddings.</param>
    public static BatchRunner For(CausalLanguageModel model, bool recompute, bool packing = false, double neftuneAlpha = 0) =>
        neftuneAlpha == 0 && CpuExecutor.Supports(model)
        ? new CpuBatchRunner((Decoder)model, recompute)
        : new AutogradBatchRunner(model, recompute, packing, neftuneAlpha);

    /// <summary>Chooses how the options want a model to be run.</summary>
    /// <exception cref="InvalidOperationException">They ask for what a model made in code cannot do.</exception>
    public static BatchRunner For(CausalLanguageModel model, AsftOptions options)
    {
        Demand<IPackedModel>(options.Batches.Packing, "Batches.Packing");
        Demand<IEmbeddingNoiseModel>(options.NeftuneAlpha > 0, nameof(AsftOptions.NeftuneAlpha));
        Demand<ILayeredModel>(options.Runtime.GradientCheckpointing, "Runtime.GradientCheckpointing");
        return For(model, options.Runtime.GradientCheckpointing, options.Batches.Packing, options.NeftuneAlpha);

        void Demand<T>(bool asked, string option)
        {
            if (asked && model is not T)
            {
                throw new InvalidOperationException(
                    $"{option} needs a model that is an {typeof(T).Name}, and {model.GetType().Name} is none. Implement it, or leave {option} out.");
            }
        }
    }

    /// <summary>Computes hidden states where a batch has labels: (N, H), without a graph.</summary>
    public abstract Tensor HiddenStates(TrainingBatch batch);

    /// <summary>The same, for <see cref="Backward"/> to follow.</summary>
    public abstract Tensor Forward(TrainingBatch batch);

    /// <summary>Adds to the gradients of the trained parameters.</summary>
    /// <param name="gradient">Of what <see cref="Forward"/> returned.</param>
    /// <param name="parameters">What is trained.</param>
    public abstract void Backward(Tensor gradient, ParameterStore parameters);

    public abstract void Dispose();
}
