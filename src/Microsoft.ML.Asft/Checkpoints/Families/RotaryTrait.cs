using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// How queries and keys are rotated, apart from the frequencies of <see cref="RopeSettings"/>. It depends on the family. Only Gemma 3 has a
/// setting: the base for layers with a sliding window (<c>rope_local_base_freq</c>).
/// </summary>
internal sealed class RotaryTrait : ConfigTrait
{
    private const string LocalBaseKey = "rope_local_base_freq";
    private const double DefaultLocalBase = 10_000;

    private readonly bool _isSingle;
    private readonly bool _isPlainInWindows;
    private readonly bool _hasLocalBase;

    private RotaryTrait(bool isSingle = false, bool isPlainInWindows = false, bool hasLocalBase = false) =>
        (_isSingle, _isPlainInWindows, _hasLocalBase) = (isSingle, isPlainInWindows, hasLocalBase);

    /// <summary>Gets the trait of a family that rotates all layers in the same way, with cosine and sine in the model's number format.</summary>
    public static RotaryTrait Same { get; } = new();

    /// <summary>Gets the trait of a family that rotates all layers in the same way, with cosine and sine in float32, and rounds once.</summary>
    public static RotaryTrait Single { get; } = new(isSingle: true);

    /// <summary>Gets the same trait, except that layers with a sliding window do not scale the frequencies.</summary>
    public static RotaryTrait SinglePlainInWindows { get; } = new(isSingle: true, isPlainInWindows: true);

    /// <summary>Gets the trait of a family in which layers with a sliding window have their own base and do not scale the frequencies.</summary>
    public static RotaryTrait LocalBase { get; } = new(isPlainInWindows: true, hasLocalBase: true);

    /// <summary>Gets whether layers with a sliding window rotate differently from the others.</summary>
    public bool SetsWindowsApart => _isPlainInWindows;

    /// <summary>Gets whether those layers have their own base.</summary>
    public bool HasLocalBase => _hasLocalBase;

    public override ModelConfig Default(ModelConfig config) => config with
    {
        RotatesInSingle = _isSingle,
        PlainRotaryInWindows = _isPlainInWindows,
        WindowRopeTheta = _hasLocalBase ? DefaultLocalBase : null,
    };

    public override ModelConfig Read(ModelConfig config, JsonSettings json)
    {
        config = Default(config);
        if (!_hasLocalBase)
        {
            RefuseIfSet(config, json, LocalBaseKey);
            return config;
        }

        return config with { WindowRopeTheta = RopeSettings.WindowTheta(json) ?? json.Number(LocalBaseKey) ?? DefaultLocalBase };
    }

    public override void Check(ModelConfig config, string file)
    {
        ModelConfigChecks.Demand(
            config.RotatesInSingle == _isSingle && config.PlainRotaryInWindows == _isPlainInWindows, file, "model_type", "says how layers rotate");
        DemandAsInFamily(config, config.WindowRopeTheta is not null == _hasLocalBase, file, LocalBaseKey);
        ModelConfigChecks.Demand(
            config.WindowRopeTheta is null or (> 0 and <= double.MaxValue), file, LocalBaseKey, $"is {config.WindowRopeTheta}, not more than 0");
    }

    public override void Write(ModelConfig config, JsonObject json)
    {
        if (config.WindowRopeTheta is { } theta)
        {
            json[LocalBaseKey] = RopeSettings.Float(theta);
        }
    }
}
