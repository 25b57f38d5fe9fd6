using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>How positions rotate queries and keys, apart from the frequencies. No setting says so; the family does.</summary>
internal sealed class RotaryTrait : ConfigTrait
{
    private readonly bool _isSingle;
    private readonly bool _isPlainInWindows;

    private RotaryTrait(bool isSingle, bool isPlainInWindows) => (_isSingle, _isPlainInWindows) = (isSingle, isPlainInWindows);

    /// <summary>Gets: every layer alike, by cosine and sine in the model's number format.</summary>
    public static RotaryTrait Same { get; } = new(isSingle: false, isPlainInWindows: false);

    /// <summary>Gets: every layer alike, by cosine and sine in float32, and rounded once.</summary>
    public static RotaryTrait Single { get; } = new(isSingle: true, isPlainInWindows: false);

    /// <summary>Gets: the same, but the scaling of the frequencies is not for layers with a sliding window.</summary>
    public static RotaryTrait SinglePlainInWindows { get; } = new(isSingle: true, isPlainInWindows: true);

    /// <summary>Gets whether layers with a sliding window rotate otherwise than those that see all.</summary>
    public bool SetsWindowsApart => _isPlainInWindows;

    public override ModelConfig Default(ModelConfig config) => config with { RotatesInSingle = _isSingle, PlainRotaryInWindows = _isPlainInWindows };

    public override ModelConfig Read(ModelConfig config, JsonSettings json) => Default(config);

    public override void Check(ModelConfig config, string file) => ModelConfigChecks.Demand(
        config.RotatesInSingle == _isSingle && config.PlainRotaryInWindows == _isPlainInWindows, file, "model_type", "says how layers rotate");
}
