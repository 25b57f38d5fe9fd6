using Microsoft.ML;
using Microsoft.ML.Asft;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Pipeline.MLNetInternals;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(AsftTransformer), typeof(ModelFile), null, typeof(SignatureLoadModel), "Anchored supervised fine-tuning", ModelFile.LoaderSignature)]

namespace Microsoft.ML.Asft.Pipeline.MLNetInternals;

/// <summary>
/// Saves a transformer to ML.NET's model file and loads it. Besides the header the file has settings.json, and the trained tensors as safetensors:
/// the adapters, or the whole model if every parameter was trained. It refers to the base model by its path.
/// </summary>
internal static class ModelFile
{
    internal const string LoaderSignature = "AsftTransformer";

    private const string SettingsEntry = "settings.json";
    private const string AdapterEntry = "adapter_model.safetensors";
    private const string ModelEntry = "model.safetensors";

    /// <exception cref="NotSupportedException">The model or its template was made in code.</exception>
    public static ModelSaveContext Write(ModelSaveContext ctx, AsftOptions options, LoadedModel loaded)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        if (loaded.Folder is null)
        {
            throw new NotSupportedException(
                "ML.NET's model file refers to the base model by its folder, and a model made in code has none. "
                + $"Write the adapters with {nameof(AsftTransformer.SaveAdapter)}.");
        }

        if (options.PromptTemplate is { } own)
        {
            throw new NotSupportedException(
                $"The prompt template '{own.Name}' was made in code, but ML.NET's model file stores only a template's name. Set "
                + $"{nameof(AsftOptions.Template)} instead, or write the adapters with {nameof(AsftTransformer.SaveAdapter)}.");
        }

        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.SaveTextStream(SettingsEntry, writer => writer.Write(SavedPipeline.Of(options, loaded).ToJson()));
        if (loaded.Adapters is { } adapters)
        {
            ctx.SaveBinaryStream(AdapterEntry, writer => adapters.Write(writer.BaseStream));
        }
        else if (loaded.IsTrainedInFull)
        {
            ctx.SaveBinaryStream(ModelEntry, writer => ModelTensors.Write(loaded.Model, writer.BaseStream));
        }

        return ctx;
    }

    // ML.NET's component catalog finds this method by reflection.
    private static AsftTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        try
        {
            return Read(env, ctx);
        }
        catch (Exception error)
        {
            using var channel = env.Start("Loading the model");
            channel.Error(MessageSensitivity.None, "{0}", error.Message);
            return new AsftTransformer(env, error);
        }
    }

    private static AsftTransformer Read(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        string? json = null;
        ctx.TryLoadTextStream(SettingsEntry, reader => json = reader.ReadToEnd());
        var saved = SavedPipeline.Parse(json ?? throw new InvalidDataException(
            $"The model file has no {SettingsEntry} of the ASFT transformer. Save the transformer again."));
        var options = saved.ToOptions(saved.FindBaseModel());
        bool isTrainedInFull = saved.Adapter is null && HasEntry(ctx, ModelEntry);
        var loaded = LoadedModel.From(env, options, given: null, isTrainedInFull);
        if (saved.Adapter is { } adapter)
        {
            var config = AdapterConfig.Parse(System.Text.Encoding.UTF8.GetBytes(adapter), AdapterConfig.FileName);
            using var file = OpenTensors(ctx, AdapterEntry);
            loaded = loaded with { Adapters = AdapterSet.Load(loaded.Model, config, file) };
            loaded.Model.eval();
        }
        else if (isTrainedInFull)
        {
            using var file = OpenTensors(ctx, ModelEntry);
            ModelTensors.Read(loaded.Model, file);
            loaded = loaded with { IsTrainedInFull = true };
        }

        return new AsftTransformer(env, options, loaded, history: [], validations: []);
    }

    private static bool HasEntry(ModelLoadContext ctx, string name) => ctx.TryLoadBinaryStream(name, _ => { });

    private static SafetensorsFile OpenTensors(ModelLoadContext ctx, string name)
    {
        using var content = new MemoryStream();
        return ctx.TryLoadBinaryStream(name, reader => reader.BaseStream.CopyTo(content))
            ? SafetensorsFile.Open(content.ToArray(), name)
            : throw new InvalidDataException($"The model file has no {name} of the ASFT transformer. Save the transformer again.");
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "ASFTMODL",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(AsftTransformer).Assembly.GetName().Name);
}
