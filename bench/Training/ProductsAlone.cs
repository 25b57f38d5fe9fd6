using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Objectives;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>A model's matrix products, without anything between them.</summary>
internal sealed class ProductsAlone(Decoder model) : IDisposable
{
    /// <summary>The number of projections that read the embedding. Nothing below them is trained, so the gradient of their input is not needed.</summary>
    public const int UntrainedBelow = 3;

    private readonly Dictionary<(long Width, bool IsOutput), Tensor> _memory = [];

    /// <summary>Computes the projections of a pass.</summary>
    public void OfLayers(int tokens)
    {
        foreach (var (_, layer) in model.AdaptableLayers())
        {
            Multiply(tokens, layer.Weight);
        }
    }

    /// <summary>Computes the gradients of the projections' inputs.</summary>
    public void OfInputGradients(int tokens)
    {
        foreach (var (_, layer) in model.AdaptableLayers().Skip(UntrainedBelow))
        {
            MultiplyTransposed(tokens, layer.Weight);
        }
    }

    /// <summary>Computes logits.</summary>
    public void OfHead(int labels) => InChunks(labels, count => Multiply(count, model.HeadWeight));

    /// <summary>Computes the gradient of hidden states from that of logits.</summary>
    public void OfHeadGradient(int labels) => InChunks(labels, count => MultiplyTransposed(count, model.HeadWeight));

    /// <summary>Computes half of each layer's attention, scores and weighted values: half of the heads' tokens, with all keys.</summary>
    public void OfAttention(PackedSequences sequences)
    {
        using var noGrad = no_grad();
        var config = model.Config;
        long groups = config.NumAttentionHeads / config.NumKeyValueHeads;
        foreach (var (_, count, length) in sequences.Runs())
        {
            using var scope = NewDisposeScope();
            Tensor Heads(long rows) => ones([count * config.NumKeyValueHeads, rows, config.HeadDim], model.HeadWeight.dtype);
            var (query, key, value) = (Heads(groups * (length + 1) / 2), Heads(length), Heads(length));
            for (int i = 0; i < config.NumHiddenLayers; i++)
            {
                using var inner = NewDisposeScope();
                query.bmm(key.transpose(1, 2)).bmm(value);
            }
        }
    }

    public void Dispose()
    {
        foreach (var memory in _memory.Values)
        {
            memory.Dispose();
        }
    }

    // As many rows at a time as the anchored head takes, which has the trained model's logits beside the reference's.
    private void InChunks(int labels, Action<int> multiply)
    {
        int chunk = (int)(AnchoredHead.DefaultMemoryBudget / (2 * model.HeadWeight.shape[0] * model.HeadWeight.ElementSize));
        for (int done = 0; done < labels; done += chunk)
        {
            multiply(Math.Min(chunk, labels - done));
        }
    }

    private void Multiply(int rows, Tensor weight)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        DenseProduct.Multiply(Matrix(rows, weight.shape[1], isOutput: false), weight, Matrix(rows, weight.shape[0], isOutput: true), add: false);
    }

    private void MultiplyTransposed(int rows, Tensor weight)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        DenseProduct.MultiplyTransposed(Matrix(rows, weight.shape[0], isOutput: false), weight, Matrix(rows, weight.shape[1], isOutput: true), add: false);
    }

    // Random numbers, (rows, width).
    private Tensor Matrix(long rows, long width, bool isOutput)
    {
        var memory = _memory.GetValueOrDefault((width, isOutput));
        if (memory is null || memory.shape[0] < rows)
        {
            memory?.Dispose();
            _memory[(width, isOutput)] = memory = randn([rows, width]).to_type(model.HeadWeight.dtype).DetachFromDisposeScope();
        }

        return memory.narrow(0, 0, rows);
    }
}
