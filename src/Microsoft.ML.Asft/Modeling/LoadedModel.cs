using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Runtime;
using Microsoft.ML.Tokenizers;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>A model with its tokenizer and template, from a folder or made in code.</summary>
/// <param name="Model">The model.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Template">Its prompt template.</param>
/// <param name="Folder">The folder that the model was loaded from; <see langword="null"/> for a model made in code.</param>
/// <param name="Fingerprint">The fingerprint of the folder when the model was loaded; <see langword="null"/> for a model made in code.</param>
internal sealed record LoadedModel(
    CausalLanguageModel Model, Tokenizer Tokenizer, PromptTemplate Template, string? Folder, string? Fingerprint)
{
    /// <summary>Gets the adapters; <see langword="null"/> if there are none.</summary>
    public AdapterSet? Adapters { get; init; }

    /// <summary>Gets the number formats; <see langword="null"/> for a model made in code.</summary>
    public ModelFormat? Format { get; init; }

    /// <summary>Gets the format in which the model is written to a folder; <see langword="null"/> for the format in memory.</summary>
    public ScalarType? FileFormat => Format?.Storage == StorageFormat.BFloat16 ? ScalarType.BFloat16 : null;

    /// <summary>Gets whether the model's own parameters are or were trained, instead of adapters.</summary>
    public bool IsTrainedInFull { get; init; }

    /// <summary>Loads a model on the device of a context, and logs warnings about the files there.</summary>
    /// <param name="env">The context.</param>
    /// <param name="options">The options.</param>
    /// <param name="given">A model made in code; <see langword="null"/> for the one in the options' folder.</param>
    /// <param name="isTrainedInFull">Whether the model's own weights will be trained, or be replaced by trained ones.</param>
    public static LoadedModel From(
        IHostEnvironment env, AsftOptions options, (CausalLanguageModel Model, Tokenizer Tokenizer)? given, bool isTrainedInFull = false) => From(
            options, given, DeviceChoice.Of(env, options.Runtime.Device, options.Runtime.WorkerGroup), WarningsTo(env, options), isTrainedInFull);

    /// <summary>Returns a function that writes warnings about files to a context's log. With several workers only the first one writes.</summary>
    public static Action<string> WarningsTo(IHostEnvironment env, AsftOptions options) => text =>
    {
        if (options.Runtime.WorkerGroup.Rank == 0)
        {
            using var channel = env.Start("Loading the model");
            channel.Warning(MessageSensitivity.None, "{0}", text);
        }
    };

    public static LoadedModel From(
        AsftOptions options, (CausalLanguageModel Model, Tokenizer Tokenizer)? given, Device device, Action<string>? warn = null,
        bool isTrainedInFull = false)
    {
        if (given is { } own)
        {
            if (options.Runtime.Quantization != WeightQuantization.None)
            {
                throw new InvalidOperationException(
                    $"Runtime.Quantization is {options.Runtime.Quantization}, but only a model from a folder is quantized, while it is loaded. "
                    + "Set it to None for a model made in code.");
            }

            own.Model.eval();
            return new LoadedModel(own.Model, own.Tokenizer, TemplateOf(options, folder: null), Folder: null, Fingerprint: null);
        }

        string folder = RequireFolder(options);
        var tokenizer = HuggingFaceTokenizer.Load(folder);
        var config = ModelConfig.Load(folder);
        if (tokenizer.VocabSize > config.VocabSize && !options.ResizeEmbedding)
        {
            throw new InvalidDataException(
                $"The tokenizer in '{folder}' has ids up to {tokenizer.VocabSize - 1}, but the model's embedding has only {config.VocabSize} rows. "
                + $"Use the tokenizer that belongs to the model, or set {nameof(AsftOptions.ResizeEmbedding)}.");
        }

        var template = TemplateOf(options, folder);
        var format = ModelFormat.Of(options.Runtime, device.type, isTrainedInFull);
        var model = DecoderLoader.Load(folder, format, device, Math.Max(config.VocabSize, tokenizer.VocabSize), warn);
        model.eval();
        return new LoadedModel(model, tokenizer, template, folder, Checkpoints.Fingerprints.Fingerprint.OfModel(folder)) { Format = format };
    }

    /// <summary>Checks that quantized weights can be read from the model's folder again, to merge adapters into them.</summary>
    /// <exception cref="InvalidDataException">The folder has changed, or is gone.</exception>
    public void CheckOriginalWeights()
    {
        if (Format?.Storage is StorageFormat.Int8 or StorageFormat.Nf4 or StorageFormat.Nf4Double
            && !(Directory.Exists(Folder) && Checkpoints.Fingerprints.Fingerprint.Matches(Folder, Fingerprint!)))
        {
            throw new InvalidDataException(
                $"The weights are quantized, so adapters are merged into the weights of the folder '{Folder}', which has changed since the model was loaded. "
                + "Put the same model there again, or save the adapter and merge it later.");
        }
    }

    public static string RequireFolder(AsftOptions options)
    {
        if (string.IsNullOrEmpty(options.ModelPath))
        {
            throw new ArgumentException($"{nameof(AsftOptions.ModelPath)} is not set. It must name the folder of a model.", nameof(options));
        }

        return Directory.Exists(options.ModelPath) ? Path.GetFullPath(options.ModelPath) : throw new DirectoryNotFoundException(
            $"There is no folder '{options.ModelPath}'. {nameof(AsftOptions.ModelPath)} must name the folder of a model "
            + "(config.json, *.safetensors, tokenizer.json).");
    }

    public static PromptTemplate TemplateOf(AsftOptions options, string? folder) =>
        options.PromptTemplate ?? PromptTemplate.Create(options.Template, folder);
}
