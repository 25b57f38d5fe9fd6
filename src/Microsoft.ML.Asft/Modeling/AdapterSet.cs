using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using Microsoft.ML.Asft.Training.Distributed;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>The low-rank adapters of a model, by PEFT's names.</summary>
internal sealed class AdapterSet
{
    /// <summary>PEFT's name for the file with the tensors.</summary>
    public const string FileName = "adapter_model.safetensors";

    private const string NameOfA = "lora_A.weight";
    private const string NameOfB = "lora_B.weight";
    private const string NameOfMagnitude = "lora_magnitude_vector";

    private readonly IReadOnlyList<(string Name, LoraLinear Layer)> _layers;

    private AdapterSet(AdapterConfig config, IReadOnlyList<(string Name, LoraLinear Layer)> layers)
    {
        Config = config;
        _layers = layers;
    }

    public AdapterConfig Config { get; }

    /// <summary>Gets the trained tensors by PEFT's names.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters
    {
        get
        {
            foreach (var (name, layer) in _layers)
            {
                yield return ($"{Prefix(name)}.{NameOfA}", layer.LoraA!);
                yield return ($"{Prefix(name)}.{NameOfB}", layer.LoraB!);
                if (layer.Magnitude is { } magnitude)
                {
                    yield return ($"{Prefix(name)}.{NameOfMagnitude}", magnitude);
                }
            }
        }
    }

    /// <summary>Adds new adapters. A is drawn from U(−1/√in, 1/√in), as in PEFT, and B is zero, so they do not change the model yet.</summary>
    public static AdapterSet AddNew(CausalLanguageModel model, AdapterConfig config, int seed)
    {
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        return Add(model, config, (_, layer, suffix, shape) => suffix switch
        {
            NameOfA => empty(shape).uniform_(-1 / Math.Sqrt(shape[1]), 1 / Math.Sqrt(shape[1]), generator),
            NameOfB => zeros(shape),
            _ => layer.RowLengths(),
        });
    }

    /// <summary>Adds the adapters of a folder in PEFT's format.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="warn">Receives a warning about unknown settings. If it is <see langword="null"/>, they are an error.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, is not used or has the wrong shape.</exception>
    /// <exception cref="NotSupportedException">The adapter changes more than projections. The message says what.</exception>
    public static AdapterSet Load(CausalLanguageModel model, string folder, Action<string>? warn = null)
    {
        var config = AdapterConfig.Load(folder);
        if (config.UnknownSettings is not [])
        {
            string text = $"{Path.Combine(folder, AdapterConfig.FileName)}: {config.UnknownSettings.Count} settings are unknown and are not used: "
                + $"{string.Join(", ", config.UnknownSettings.Select(key => $"'{key}'"))}. If they change what the adapter computes, its results differ here.";
            (warn ?? throw new NotSupportedException(text))(text);
        }

        using var file = SafetensorsFile.Open(Path.Combine(folder, FileName));
        return Load(model, config, file);
    }

    /// <summary>Adds adapters from an open file with PEFT's tensors.</summary>
    public static AdapterSet Load(CausalLanguageModel model, AdapterConfig config, SafetensorsFile file)
    {
        using var noGrad = no_grad();
        if (model.AdaptableLayers().Select(layer => layer.Name).FirstOrDefault(
            name => config.ModulesToSave.Any(saved => ModulePattern.IsWithin(saved, name))) is { } whole)
        {
            throw new NotSupportedException(
                $"{AdapterConfig.FileName}: 'modules_to_save' has the projection '{whole}', and only low-rank updates of projections are used here. "
                + "Merge the adapter into its base model with PEFT, and use the merged folder as the model.");
        }

        var tensors = new AdapterTensors(file);
        var adapters = Add(model, config, (name, _, suffix, shape) => tensors.Take(name, suffix, shape));
        var weights = model.named_parameters().ToDictionary(p => p.name, Tensor (p) => p.parameter, StringComparer.Ordinal);
        tensors.RefuseRest(config.ModulesToSave, name => weights.GetValueOrDefault(name) ?? (name == ModelWeights.Head ? model.HeadWeight : null));
        return new AdapterSet(config with { ModulesToSave = [] }, adapters._layers);
    }

    /// <summary>Writes <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>, which PEFT can load.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, FileName), Tensors());
        Config.Save(folder);
    }

    /// <summary>Writes only the tensors.</summary>
    public void Write(Stream stream) => SafetensorsWriter.Write(stream, Tensors());

    private IEnumerable<KeyValuePair<string, Tensor>> Tensors() =>
        Parameters.Select(p => KeyValuePair.Create<string, Tensor>(p.Name, p.Parameter));

    // The names that an adapter's files may use for a module. The first is the current one.
    private static string[] NamesOf(CausalLanguageModel model, string name) => model is Decoder { Config.IsTextPart: true }
        ? [TextPart.ModuleName(name), TextPart.FormerName(name)]
        : [name];

    private static string Prefix(string name) => $"base_model.model.{name}";

    private static AdapterSet Add(CausalLanguageModel model, AdapterConfig config, Func<string, LoraLinear, string, long[], Tensor> tensors)
    {
        var layers = model.AdaptableLayers().Where(l => NamesOf(model, l.Name).Any(config.Matches)).ToArray();
        if (layers.Length == 0)
        {
            string available = string.Join(", ", model.AdaptableLayers().Select(l => l.Name.Split('.')[^1]).Distinct());
            throw new InvalidOperationException(
                "No projection of the model matches the adapter's target modules "
                + $"({config.TargetPattern ?? string.Join(", ", config.TargetModules)}); the model has {(available.Length > 0 ? available : "none")}.");
        }

        foreach (var (number, (name, layer)) in layers.Index())
        {
            using var scope = NewDisposeScope();
            string published = NamesOf(model, name)[0];
            int rank = config.RankOf(published);
            Tensor Take(string suffix, params long[] shape) =>
                tensors(name, layer, suffix, shape).to(layer.Device).DetachFromDisposeScope();
            layer.AddAdapter(
                Take(NameOfA, rank, layer.InFeatures),
                Take(NameOfB, layer.OutFeatures, rank),
                config.ScaleOf(published),
                config.LoraDropout,
                config.UseDora ? Take(NameOfMagnitude, layer.OutFeatures) : null);
            if (layer.DropoutSeed == 0)
            {
                layer.DropoutSeed = DropoutMask.Mix((uint)number + 1);
            }
        }

        return new AdapterSet(config, [.. layers.Select(layer => (NamesOf(model, layer.Name)[0], layer.Layer))]);
    }
}
