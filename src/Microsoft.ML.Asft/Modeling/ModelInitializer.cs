using Microsoft.ML.Asft.Checkpoints.Configuration;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>Creates new models, for training from scratch.</summary>
public static class ModelInitializer
{
    /// <summary>
    /// Writes the folder of a randomly initialised model: matrices from N(0, 0.02²), norms that scale by 1, biases zero.
    /// </summary>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="tokenizerFolder">The folder from which the tokenizer files are copied.</param>
    /// <param name="outputFolder">The folder to write. It is created if it does not exist.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <param name="dtype">The format of the weights in the file: float32, float16 or bfloat16.</param>
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
