using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Gpu;

/// <summary>Models of a published shape. Their weights are drawn on the device: for 7 billion of them the CPU would need minutes.</summary>
internal static class RandomDecoder
{
    private const double Deviation = 0.02;

    /// <param name="folder">The folder of the config.json.</param>
    /// <param name="dtype">The format of the weights.</param>
    /// <param name="device">The device.</param>
    public static Decoder Create(string folder, ScalarType dtype, Device device)
    {
        using var noGrad = no_grad();
        random.manual_seed(1);
        return new Decoder(
            ModelConfig.Load(folder),
            (name, shape) => name.EndsWith("norm.weight", StringComparison.Ordinal) ? ones(shape, dtype, device)
                : name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape, dtype, device)
                : empty(shape, dtype, device).normal_(0, Deviation),
            dtype,
            device);
    }
}
