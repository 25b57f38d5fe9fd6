using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>Creates decoders with weights from files, or with random weights.</summary>
internal static class DecoderLoader
{
    /// <summary>Loads a Hugging Face model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">The format of the weights in memory.</param>
    /// <param name="device">The device.</param>
    /// <param name="vocabSize">The number of rows of the embedding and the head. Rows beyond those in the files are the mean of the others.</param>
    /// <param name="warn">
    /// Receives a warning about content of the files that the model does not use. If it is <see langword="null"/>, such content is an error.
    /// </param>
    public static Decoder Load(string folder, ScalarType dtype, Device device, int? vocabSize = null, Action<string>? warn = null) =>
        Load(folder, new ModelFormat(dtype), device, vocabSize, warn);

    /// <summary>
    /// Loads a Hugging Face model folder. The weights of projections are stored in the given format while they are read, one after the other.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="format">The formats of the weights in memory.</param>
    /// <param name="device">The device.</param>
    /// <param name="vocabSize">The number of rows of the embedding and the head, as in the other method.</param>
    /// <param name="warn">Receives warnings, as in the other method.</param>
    /// <param name="expandByOperators">
    /// Whether libtorch's operators expand stored weights, as they do on a GPU. Tests set it, to run that on the CPU.
    /// </param>
    public static Decoder Load(
        string folder, ModelFormat format, Device device, int? vocabSize = null, Action<string>? warn = null, bool expandByOperators = false)
    {
        using var noGrad = no_grad();
        using var weights = ModelWeights.Open(folder, format.Products, device, vocabSize, warn);
        var decoder = new Decoder(weights.Config, weights.Read, format.Products, device, format.Storage is null ? null : Store);
        weights.TellUnread();
        return decoder;

        StoredWeight? Store(string name, long[] shape)
        {
            if (format.StorageOf(weights.IsBFloat16(name)) is not { } storage)
            {
                return null;
            }

            using var weight = weights.Read(name, shape, ScalarType.Float32, CPU);
            var stored = StoredWeight.Of(weight, storage, name, () => ReadOriginal(folder, name, shape));
            if (device.type == TorchSharp.DeviceType.CPU && !expandByOperators)
            {
                return stored;
            }

            using (stored)
            {
                return stored.To(device);
            }
        }
    }

    private static Tensor ReadOriginal(string folder, string name, long[] shape)
    {
        using var weights = ModelWeights.Open(folder, ScalarType.Float32, CPU, vocabSize: null, warn: _ => { });
        using var weight = weights.Read(name, shape);
        return weight.detach();     // in the caller's dispose scope
    }

    /// <summary>Creates a new model. Matrices are drawn from a normal distribution, norms scale by 1, and biases are zero.</summary>
    public static Decoder CreateRandom(ModelConfig config, int seed, ScalarType dtype = ScalarType.Float32, double deviation = 0.02)
    {
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        return new Decoder(
            config,
            (name, shape) =>
            {
                using var scope = NewDisposeScope();
                var weight = name.EndsWith("norm.weight", StringComparison.Ordinal)
                    ? ScalarOperators.Full(shape, 1 - config.NormOffset, ScalarType.Float32)
                    : name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape)
                    : empty(shape).normal_(0, deviation, generator);
                return weight.to_type(dtype).DetachFromDisposeScope();
            },
            dtype,
            CPU);
    }
}
