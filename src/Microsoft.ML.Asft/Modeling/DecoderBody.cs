using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Operators.Embeddings;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using Microsoft.ML.Asft.Modeling.Storage;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>The module that Hugging Face names <c>model</c>: the embedding, the layers and the last norm.</summary>
internal sealed class DecoderBody : nn.Module
{
    public DecoderBody(
        ModelConfig config, Func<string, long[], Tensor> weights, ScalarType dtype, Func<string, long[], StoredWeight?>? stored)
        : base(nameof(DecoderBody))
    {
        var builder = new DecoderBuilder(config, weights, dtype, stored);
        var table = weights("model.embed_tokens.weight", [config.VocabSize, config.HiddenSize]);
        Embedding = new TokenEmbedding(table, config.ScalesEmbeddingByRoot ? Rounded(Math.Sqrt(config.HiddenSize), table.dtype) : config.EmbeddingMultiplier);
        register_module("embed_tokens", Embedding);
        Layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(builder.Layer)];
        var layers = new LayerList();
        for (int i = 0; i < Layers.Length; i++)
        {
            layers.register_module($"{i}", Layers[i]);
        }

        register_module("layers", layers);
        Norm = builder.Norm("model.norm", config.HiddenSize);
        register_module("norm", Norm);
    }

    public TokenEmbedding Embedding { get; }

    public DecoderLayer[] Layers { get; }

    public RmsNorm Norm { get; }

    private static double Rounded(double value, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        return tensor(value).to_type(dtype).to_type(ScalarType.Float64).item<double>();
    }

    protected override void RegisterComponents()
    {
    }

    /// <summary>A module that only adds <c>layers</c> to the names of parameters.</summary>
    private sealed class LayerList() : nn.Module("layers");
}
