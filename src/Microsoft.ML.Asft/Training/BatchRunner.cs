using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>Runs the forward and backward pass of a model, one batch at a time. The forward pass ends with the hidden states that predict labels.</summary>
internal abstract class BatchRunner : IDisposable
{
    /// <summary>Chooses the executor of a model: the CPU executor if it supports the model, autograd otherwise.</summary>
    /// <param name="model">The model. The caller still owns it.</param>
    /// <param name="recompute">Whether the backward pass runs each layer again, instead of keeping all activations.</param>
    /// <param name="packing">Whether autograd packs a batch's rows into one row, instead of padding them to the longest.</param>
    /// <param name="neftuneAlpha">NEFTune's α; 0 for no noise on the embeddings.</param>
    public static BatchRunner For(CausalLanguageModel model, bool recompute, bool packing = false, double neftuneAlpha = 0) =>
        neftuneAlpha == 0 && CpuExecutor.Supports(model)
        ? new CpuBatchRunner((Decoder)model, recompute)
        : new AutogradBatchRunner(model, recompute, packing, neftuneAlpha);

    /// <summary>Chooses the executor of a model by the options.</summary>
    /// <exception cref="InvalidOperationException">The options ask for something that this model does not support.</exception>
    public static BatchRunner For(CausalLanguageModel model, AsftOptions options)
    {
        Require<IPackedModel>(options.Batches.Packing, "Batches.Packing");
        Require<IEmbeddingNoiseModel>(options.NeftuneAlpha > 0, nameof(AsftOptions.NeftuneAlpha));
        Require<ILayeredModel>(options.Runtime.GradientCheckpointing, "Runtime.GradientCheckpointing");
        return For(model, options.Runtime.GradientCheckpointing, options.Batches.Packing, options.NeftuneAlpha);

        void Require<T>(bool isAskedFor, string option)
        {
            if (isAskedFor && model is not T)
            {
                throw new InvalidOperationException(
                    $"{option} needs a model that implements {typeof(T).Name}, and {model.GetType().Name} does not. Implement it, or leave {option} out.");
            }
        }
    }

    /// <summary>Makes the tensors of a batch that the passes will read, so that they are on the device before. Without this call the passes make them.</summary>
    public virtual void Prepare(TrainingBatch batch)
    {
    }

    /// <summary>Computes the hidden states at the positions that predict a batch's labels: (N, H), without an autograd graph.</summary>
    public abstract Tensor HiddenStates(TrainingBatch batch);

    /// <summary>Computes the same hidden states, and keeps what <see cref="Backward"/> needs.</summary>
    public abstract Tensor Forward(TrainingBatch batch);

    /// <summary>Computes the gradients of the trained parameters and adds them to those of earlier batches.</summary>
    /// <param name="gradient">The gradient of the hidden states that <see cref="Forward"/> returned, (N, H).</param>
    /// <param name="parameters">The trained parameters.</param>
    public abstract void Backward(Tensor gradient, ParameterStore parameters);

    public abstract void Dispose();
}
