using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Pipeline;

/// <summary>
/// What ML.NET's model file holds of a transformer besides the trained tensors, as JSON: the base model's place and fingerprint, PEFT's
/// <c>adapter_config.json</c> where there are adapters, and every option that says by <see cref="OptionScopeAttribute.Saved"/> that it belongs here,
/// by its name without its group's.
/// </summary>
/// <param name="ModelPath">The folder of the base model.</param>
/// <param name="Fingerprint">Of that folder.</param>
/// <param name="Adapter">PEFT's adapter_config.json, where there are adapters.</param>
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
            var members = JsonNode.Parse(json) as JsonObject ?? throw new JsonException("it is no JSON object");
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

    /// <summary>Makes options of what was saved; an option that an earlier version did not have keeps its default.</summary>
    /// <exception cref="InvalidDataException">An option is unknown, or its value is out of range.</exception>
    public AsftOptions ToOptions(string modelPath)
    {
        var options = new AsftOptions { ModelPath = modelPath };
        try
        {
            var facts = Saved(options).ToDictionary(fact => fact.Property.Name);
            foreach (var (name, value) in Options)
            {
                var fact = facts.GetValueOrDefault(name) ?? throw new JsonException($"this version knows no option {name}");
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

    /// <summary>Finds the base model: at the stored path, else by its folder's name below <c>ASFT_MODEL_HOME</c>.</summary>
    /// <exception cref="InvalidDataException">It is at neither place, or what is there is another model.</exception>
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

    // Of the kind that the model file has, so that the two can be compared.
    private string FingerprintLike(string folder) => Checkpoints.Fingerprints.Fingerprint.IsOlder(Fingerprint)
        ? SampledFingerprint.OfModel(folder) : Checkpoints.Fingerprints.Fingerprint.OfModel(folder);
}
