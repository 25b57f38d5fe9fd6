using Microsoft.ML.Asft.Checkpoints.Configuration;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>Makes new models to be trained from nothing.</summary>
public static class ModelInitializer
{
    /// <summary>
    /// Writes a randomly initialised model folder: matrices from N(0, 0.02²), normalisation weights one, biases zero.
    /// </summary>
    /// <param name="config">What to make.</param>
    /// <param name="tokenizerFolder">The folder whose tokenizer files are copied in as they are.</param>
    /// <param name="outputFolder">The folder to write, made where it does not exist.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <param name="dtype">float32, float16 or bfloat16: the format of the file.</param>
    /// <returns>The number of parameters.</returns>
    public static long Initialize(
        ModelConfig config, string tokenizerFolder, string outputFolder, int seed = 42, ScalarType dtype = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        using var model = DecoderLoader.CreateRandom(config with { TorchDtype = dtype }, seed, dtype);
        ModelTensors.Save(model, model.Config, outputFolder, copyFrom: tokenizerFolder);
        return model.parameters().Sum(p => p.numel());
    }
}
