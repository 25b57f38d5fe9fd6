using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>Writes a model's parameters to files and reads them.</summary>
internal static class ModelTensors
{
    /// <summary>Writes a model as a Hugging Face folder, with the adapters merged.</summary>
    /// <param name="model">The model.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="folder">The folder. It is created if it does not exist.</param>
    /// <param name="copyFrom">The folder from which the tokenizer and other files are copied.</param>
    /// <param name="dtype">The format of the weights in the folder; <see langword="null"/> for that in memory.</param>
    public static void Save(CausalLanguageModel model, ModelConfig config, string folder, string? copyFrom, ScalarType? dtype = null)
    {
        using var scope = NewDisposeScope();
        var type = dtype ?? model.HeadWeight.dtype;
        ModelWriter.WriteLazily(
            folder, config with { TorchDtype = type }, Merged(model).Select(t => t.Type == type || dtype is null ? t : t.As(type)), copyFrom: copyFrom);
    }

    /// <summary>Writes the parameters as one safetensors file, with the adapters merged.</summary>
    public static void Write(CausalLanguageModel model, Stream stream) => SafetensorsWriter.WriteLazily(stream, Merged(model));

    /// <summary>Loads every parameter from a file that <see cref="Write"/> wrote.</summary>
    public static void Read(CausalLanguageModel model, SafetensorsFile file)
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            file.ReadInto(name, parameter);
        }
    }

    /// <summary>Lists the parameters by Hugging Face's names. A weight with an adapter is merged with it when it is read.</summary>
    /// <param name="model">The model.</param>
    /// <param name="mergesAsFloat32">Whether merged weights are float32 instead of the weight's own format.</param>
    public static IEnumerable<LazyTensor> Merged(CausalLanguageModel model, bool mergesAsFloat32 = false)
    {
        var adapted = model.AdaptableLayers().Where(l => l.Layer.LoraA is not null).ToDictionary(l => $"{l.Name}.weight", l => l.Layer);
        foreach (var (name, parameter) in model.named_parameters().Where(p => !p.name.Contains(".lora_", StringComparison.Ordinal)))
        {
            var (type, size) = mergesAsFloat32 ? (ScalarType.Float32, sizeof(float)) : (parameter.dtype, parameter.ElementSize);
            yield return adapted.TryGetValue(name, out var layer)
                ? new LazyTensor(name, type, size, parameter.shape, () => layer.MergedWeight(type))
                : LazyTensor.Of(name, parameter);
        }

        // Weights that are stored in another format than that of products are no parameters.
        foreach (var (name, layer) in model.AdaptableLayers().Where(l => l.Layer.Stored is not null))
        {
            var type = mergesAsFloat32 ? ScalarType.Float32 : layer.DType;
            yield return new LazyTensor(
                $"{name}.weight", type, SafetensorsType.SizeOf(type), [layer.OutFeatures, layer.InFeatures], () => layer.MergedWeight(type));
        }
    }
}
