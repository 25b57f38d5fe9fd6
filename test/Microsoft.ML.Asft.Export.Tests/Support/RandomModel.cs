using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Tests.Support;

/// <summary>A small model whose random weights make every trait count: logits of deviation 1 and more, biases and norms that do something.</summary>
internal sealed record RandomModel(ModelConfig Config, SortedDictionary<string, Tensor> Weights)
{
    /// <summary>Makes a configuration: 2 layers unless given otherwise, 4 query heads, 2 key heads, and rows of the embedding that no token has.</summary>
    public static ModelConfig Configure(string modelType, int? headDim = null, int layers = 2) => ModelConfig.Create(modelType, 2080, 64, 96, layers, 4, 2, headDim ?? 16) with
    {
        RmsNormEps = 1e-2,
        RopeTheta = 100_000,
        MaxPositionEmbeddings = 256,
        EosTokenIds = [2047],
    };

    public static RandomModel Create(ModelConfig config, int seed = 11)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        var weights = new SortedDictionary<string, Tensor>(StringComparer.Ordinal);
        using var decoder = new Decoder(config, Draw, ScalarType.Float32, CPU);  // asks for every weight that the family has
        return new RandomModel(config, weights);

        Tensor Draw(string name, long[] shape)
        {
            double gain = name.StartsWith("model.layers.", StringComparison.Ordinal) ? 1.5 : 2;
            var values = empty(shape);
            _ = name.EndsWith("norm.weight", StringComparison.Ordinal) ? values.uniform_(0.5 - config.NormOffset, 1.5 - config.NormOffset, generator)
                : name.EndsWith(".bias", StringComparison.Ordinal) ? values.normal_(0, 0.5, generator)
                : values.normal_(0, gain / Math.Sqrt(shape[^1]), generator);
            weights[name] = values.DetachFromDisposeScope();
            return values.clone();  // the decoder disposes its own
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
