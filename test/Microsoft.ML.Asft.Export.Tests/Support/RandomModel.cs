using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Tests.Support;

/// <summary>A small model whose random weights make every trait count: logits of deviation 1 and more, biases and norms that do something.</summary>
internal sealed record RandomModel(ModelConfig Config, SortedDictionary<string, Tensor> Weights)
{
    /// <summary>Makes a configuration: 2 layers, 4 query heads, 2 key heads, and rows of the embedding that no token has.</summary>
    public static ModelConfig Configure(string modelType, int? headDim = null) => ModelConfig.Create(modelType, 2080, 64, 96, 2, 4, 2, headDim ?? 16) with
    {
        RmsNormEps = 1e-2,
        RopeTheta = 100_000,
        MaxPositionEmbeddings = 256,
        EosTokenIds = [2047],
    };

    public static RandomModel Create(ModelConfig config, int seed = 11)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var weights = new SortedDictionary<string, Tensor>(StringComparer.Ordinal);
        (int h, int q, int k) = (config.HiddenSize, config.NumAttentionHeads * config.HeadDim, config.NumKeyValueHeads * config.HeadDim);
        Matrix("model.embed_tokens", config.VocabSize, h, gain: 2);
        Norm("model.norm", h);
        if (!config.TieWordEmbeddings)
        {
            Matrix("lm_head", config.VocabSize, h, gain: 2);
        }

        for (int i = 0; i < config.NumHiddenLayers; i++)
        {
            string layer = $"model.layers.{i}";
            Norm($"{layer}.input_layernorm", h);
            Norm($"{layer}.post_attention_layernorm", h);
            Projection($"{layer}.self_attn.q_proj", q, h, config.AttentionBias);
            Projection($"{layer}.self_attn.k_proj", k, h, config.AttentionBias);
            Projection($"{layer}.self_attn.v_proj", k, h, config.AttentionBias);
            Projection($"{layer}.self_attn.o_proj", h, q, config.OutputProjectionBias);
            Projection($"{layer}.mlp.gate_proj", config.IntermediateSize, h, config.MlpBias);
            Projection($"{layer}.mlp.up_proj", config.IntermediateSize, h, config.MlpBias);
            Projection($"{layer}.mlp.down_proj", h, config.IntermediateSize, config.MlpBias);
            if (config.QueryKeyNorm)
            {
                Norm($"{layer}.self_attn.q_norm", config.HeadDim);
                Norm($"{layer}.self_attn.k_norm", config.HeadDim);
            }
        }

        return new RandomModel(config, weights);

        void Add(string name, Tensor values) => weights[name] = values.DetachFromDisposeScope();

        void Norm(string name, int size) => Add($"{name}.weight", empty(size).uniform_(0.5, 1.5, generator));

        void Matrix(string name, int rows, int columns, double gain) =>
            Add($"{name}.weight", empty(rows, columns).normal_(0, gain / Math.Sqrt(columns), generator));

        void Projection(string name, int rows, int columns, bool hasBias)
        {
            Matrix(name, rows, columns, gain: 1.5);
            if (hasBias)
            {
                Add($"{name}.bias", empty(rows).normal_(0, 0.5, generator));
            }
        }
    }

    /// <summary>The same model without something: with other weights where a name's end is one of those given.</summary>
    public RandomModel With(Func<Tensor, Tensor> change, params string[] ends)
    {
        Assert.Contains(Weights.Keys, name => ends.Any(name.EndsWith));
        return this with
        {
            Weights = new(Weights.ToDictionary(pair => pair.Key, pair => ends.Any(pair.Key.EndsWith) ? change(pair.Value) : pair.Value), StringComparer.Ordinal),
        };
    }

    /// <summary>Writes the model's folder, with the tokenizer of another.</summary>
    public RandomModel Save(string folder, string? tokenizerFolder = null)
    {
        ModelWriter.Write(folder, Config, Weights, copyFrom: tokenizerFolder ?? OurModel.BaseFolder);
        return this;
    }
}
