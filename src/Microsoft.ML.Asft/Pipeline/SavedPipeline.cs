using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Pipeline;

/// <summary>
/// What ML.NET's model file stores of a transformer besides the trained tensors, as JSON: the base model's folder and fingerprint, PEFT's
/// <c>adapter_config.json</c> if there are adapters, and every option with <see cref="OptionScopeAttribute.Saved"/>. An option has its own name,
/// without that of its group.
/// </summary>
/// <param name="ModelPath">The folder of the base model.</param>
/// <param name="Fingerprint">The fingerprint of the base model.</param>
/// <param name="Adapter">PEFT's adapter_config.json; <see langword="null"/> if there are no adapters.</param>
/// <param name="Options">The saved options.</param>
internal sealed record SavedPipeline(string ModelPath, string Fingerprint, string? Adapter, IReadOnlyDictionary<string, JsonNode?> Options)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static SavedPipeline Of(AsftOptions options, LoadedModel loaded) => new(
        loaded.Folder!, loaded.Fingerprint!, loaded.Adapters?.Config.ToJson(), Values(options));

    /// <summary>Gets the options that are saved.</summary>
    public static Dictionary<string, JsonNode?> Values(AsftOptions options) => Saved(options).ToDictionary(
        fact => fact.Property.Name, fact => JsonSerializer.SerializeToNode(fact.Property.GetValue(fact.Owner), fact.Property.PropertyType, Json));

    public static SavedPipeline Parse(string json)
    {
        try
        {
            var members = JsonNode.Parse(json) as JsonObject ?? throw new JsonException("it is not a JSON object");
            string? Take(string name) => members.Remove(name, out var value) ? value?.GetValue<string>() : null;
            return new SavedPipeline(
                Take(nameof(ModelPath)) ?? throw new JsonException($"{nameof(ModelPath)} is missing"),
                Take(nameof(Fingerprint)) ?? throw new JsonException($"{nameof(Fingerprint)} is missing"),
                Take(nameof(Adapter)), members.ToDictionary(member => member.Key, member => member.Value));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw Damaged(error);
        }
    }

    public string ToJson()
    {
        var members = new JsonObject { [nameof(ModelPath)] = ModelPath, [nameof(Fingerprint)] = Fingerprint };
        foreach (var (name, value) in Options)
        {
            members[name] = value?.DeepClone();
        }

        members[nameof(Adapter)] = Adapter;
        return members.ToJsonString(Json);
    }

    /// <summary>Creates the options that were saved. An option that the saving version did not have keeps its default.</summary>
    /// <exception cref="InvalidDataException">An option is unknown, or its value is out of range.</exception>
    public AsftOptions ToOptions(string modelPath)
    {
        var options = new AsftOptions { ModelPath = modelPath };
        try
        {
            var facts = Saved(options).ToDictionary(fact => fact.Property.Name);
            foreach (var (name, value) in Options)
            {
                var fact = facts.GetValueOrDefault(name) ?? throw new JsonException($"this version has no option {name}");
                fact.Property.SetValue(fact.Owner, value.Deserialize(fact.Property.PropertyType, Json));
            }

            OptionsValidator.Validate(options);
            return options;
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw Damaged(error);
        }
    }

    /// <summary>Finds the base model: at the saved path, or in <c>ASFT_MODEL_HOME</c> under the name of its folder.</summary>
    /// <exception cref="InvalidDataException">The base model is in neither place, or the model there is a different one.</exception>
    public string FindBaseModel()
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(ModelPath));
        string? home = Environment.GetEnvironmentVariable("ASFT_MODEL_HOME");
        string[] places = string.IsNullOrEmpty(home) ? [ModelPath] : [ModelPath, Path.Combine(home, name)];
        var found = places.Where(place => File.Exists(Path.Combine(place, ModelConfig.FileName))).ToArray();
        if (Array.Find(found, place => Checkpoints.Fingerprints.Fingerprint.Matches(place, Fingerprint)) is { } match)
        {
            return match;
        }

        string expected = $"'{name}' (fingerprint {Short(Fingerprint)}) that the model file was made from";
        throw new InvalidDataException(found.Length == 0
            ? $"The base model {expected} is not at {string.Join(" nor at ", places)}. Put it there, or set ASFT_MODEL_HOME to the folder that holds it."
            : $"The model at {string.Join(" and at ", found)} (fingerprint {Short(FingerprintLike(found[0]))}) is not the base model {expected}. "
                + "Put that one there, or set ASFT_MODEL_HOME.");
    }

    private static IEnumerable<OptionFact> Saved(AsftOptions options) => OptionFact.Of(options).Where(fact => fact.Scope.Saved);

    private static InvalidDataException Damaged(Exception error) =>
        new($"The model file's settings of the ASFT transformer are damaged: {error.Message.TrimEnd('.')}. Save the transformer again.", error);

    private static string Short(string fingerprint) => Checkpoints.Fingerprints.Fingerprint.Short(fingerprint);

    // The same kind of fingerprint as the model file has, so that the message can compare the two.
    private string FingerprintLike(string folder) => Checkpoints.Fingerprints.Fingerprint.IsOlder(Fingerprint)
        ? SampledFingerprint.OfModel(folder) : Checkpoints.Fingerprints.Fingerprint.OfModel(folder);
}
