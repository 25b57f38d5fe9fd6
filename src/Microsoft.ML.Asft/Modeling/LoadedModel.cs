using Microsoft.ML.Asft.Checkpoints.Configuration;
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

    /// <summary>Gets whether the model's own parameters are or were trained, instead of adapters.</summary>
    public bool IsTrainedInFull { get; init; }

    /// <summary>Loads a model on the device of a context, and logs warnings about the files there.</summary>
    public static LoadedModel From(IHostEnvironment env, AsftOptions options, (CausalLanguageModel Model, Tokenizer Tokenizer)? given) =>
        From(options, given, DeviceChoice.Of(env, options.Runtime.Device, options.Runtime.WorkerGroup), WarningsTo(env, options));

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
        AsftOptions options, (CausalLanguageModel Model, Tokenizer Tokenizer)? given, Device device, Action<string>? warn = null)
    {
        if (given is { } own)
        {
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
        var model = DecoderLoader.Load(folder, DTypeOf(options.Runtime.Precision), device, Math.Max(config.VocabSize, tokenizer.VocabSize), warn);
        model.eval();
        return new LoadedModel(model, tokenizer, template, folder, Checkpoints.Fingerprints.Fingerprint.OfModel(folder));
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

    public static ScalarType DTypeOf(ModelPrecision precision) =>
        precision == ModelPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
}
