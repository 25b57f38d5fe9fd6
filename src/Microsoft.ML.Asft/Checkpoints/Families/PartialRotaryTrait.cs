using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>Whether only the first part of a head may be rotated (<c>partial_rotary_factor</c>, which may be inside the rotary settings).</summary>
internal sealed class PartialRotaryTrait : ConfigTrait
{
    private const string Key = "partial_rotary_factor";

    private readonly bool _has;

    private PartialRotaryTrait(bool has) => _has = has;

    /// <summary>Gets the trait of a family that rotates the whole head.</summary>
    public static PartialRotaryTrait None { get; } = new(has: false);

    /// <summary>Gets the trait of a family with this setting. The default is the whole head.</summary>
    public static PartialRotaryTrait FromSetting { get; } = new(has: true);

    public override ModelConfig Read(ModelConfig config, JsonSettings json)
    {
        foreach (var section in Sections(json))
        {
            if (section.Number(Key) is { } factor and not 1)
            {
                return _has ? config with { PartialRotaryFactor = factor }
                    : throw section.Unsupported(Key, $"is not 1, but a {config.ModelType} model rotates a head's whole width");
            }
        }

        return config;
    }

    public override void Check(ModelConfig config, string file)
    {
        DemandAsInFamily(config, _has || config.PartialRotaryFactor == 1, file, Key);
        ModelConfigChecks.Demand(
            config.PartialRotaryFactor is > 0 and <= 1 && config.RotaryDim is >= 2 && config.RotaryDim % 2 == 0, file, Key,
            $"is {config.PartialRotaryFactor}, which rotates {config.RotaryDim} of the {config.HeadDim} numbers of a head; it must be an even number of them");
    }

    public override void Write(ModelConfig config, JsonObject json)
    {
        if (_has)
        {
            json[Key] = RopeSettings.Float(config.PartialRotaryFactor);
        }
    }

    // The places of the setting, innermost first: newer files have it there.
    private static IEnumerable<JsonSettings> Sections(JsonSettings json)
    {
        foreach (string name in (string[])["rope_parameters", "rope_scaling"])
        {
            if (json.Section(name) is { } section)
            {
                foreach (var (key, _) in section.Json.Where(setting => setting.Value is JsonObject))
                {
                    yield return section.Section(key)!;
                }

                yield return section;
            }
        }

        yield return json;
    }
}
