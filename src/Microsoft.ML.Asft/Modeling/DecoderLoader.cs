using Microsoft.ML.Asft.Checkpoints;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>Where a decoder's weights come from.</summary>
internal static class DecoderLoader
{
    /// <summary>Loads a Hugging Face model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">The format to hold the weights in.</param>
    /// <param name="device">The device.</param>
    /// <param name="vocabSize">The rows that embedding and head should have; more than the files' are the mean of those.</param>
    public static Decoder Load(string folder, ScalarType dtype, Device device, int? vocabSize = null)
    {
        var config = ModelConfig.Load(folder);
        using var source = TensorSource.Open(folder);
        using var noGrad = no_grad();
        return new Decoder(config with { VocabSize = vocabSize ?? config.VocabSize }, Read, dtype, device);

        Tensor Read(string name, long[] shape)
        {
            using var scope = NewDisposeScope();
            if (!source.Contains(name))
            {
                throw new InvalidDataException(
                    $"The tensor '{name}' is missing from the model in '{folder}'. Download the folder again, or correct config.json.");
            }

            bool isPerToken = name is "model.embed_tokens.weight" or "lm_head.weight";
            long[] stored = isPerToken ? [config.VocabSize, shape[1]] : shape;
            if (!source[name].Shape.SequenceEqual(stored))
            {
                throw new InvalidDataException(
                    $"The tensor '{name}' of the model in '{folder}' has the shape ({string.Join(", ", source[name].Shape)}); config.json "
                    + $"makes it ({string.Join(", ", stored)}). One of the two files is of another model.");
            }

            var tensor = source.Read(name, dtype, device);
            if (shape[0] > stored[0])
            {
                var mean = tensor.to_type(ScalarType.Float32).mean([0], keepdim: true).to_type(dtype);
                tensor = cat([tensor, mean.expand(shape[0] - stored[0], shape[1])], 0);
            }

            return tensor.DetachFromDisposeScope();
        }
    }

    /// <summary>Makes a new model: matrices from a normal distribution, norms one, biases zero.</summary>
    public static Decoder CreateRandom(ModelConfig config, int seed, ScalarType dtype = ScalarType.Float32, double deviation = 0.02)
    {
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        return new Decoder(
            config,
            (name, shape) =>
            {
                using var scope = NewDisposeScope();
                var weight = name.EndsWith("norm.weight", StringComparison.Ordinal) ? ones(shape)
                    : name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape)
                    : empty(shape).normal_(0, deviation, generator);
                return weight.to_type(dtype).DetachFromDisposeScope();
            },
            dtype,
            CPU);
    }
}
