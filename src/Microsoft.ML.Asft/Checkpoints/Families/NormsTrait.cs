using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>Where layers normalise, and what a norm is in its last digit. No setting says so; the family does.</summary>
internal sealed class NormsTrait : ConfigTrait
{
    private readonly NormPlacement _placement;
    private readonly bool _roundLast;
    private readonly double _offset;

    private NormsTrait(NormPlacement placement, bool roundLast, double offset = 0) =>
        (_placement, _roundLast, _offset) = (placement, roundLast, offset);

    /// <summary>Gets: what a branch reads, rounded before the weight.</summary>
    public static NormsTrait Before { get; } = new(NormPlacement.BeforeBody, roundLast: false);

    /// <summary>Gets: what a branch adds, rounded after the weight.</summary>
    public static NormsTrait After { get; } = new(NormPlacement.AfterBody, roundLast: true);

    /// <summary>Gets: both, times 1 + the weight and rounded after that.</summary>
    public static NormsTrait BeforeAndAfter { get; } = new(NormPlacement.BeforeAndAfterBody, roundLast: true, offset: 1);

    public override ModelConfig Default(ModelConfig config) =>
        config with { NormPlacement = _placement, NormsRoundLast = _roundLast, NormOffset = _offset };

    public override ModelConfig Read(ModelConfig config, JsonSettings json) => Default(config);

    public override void Check(ModelConfig config, string file) => ModelConfigChecks.Demand(
        config.NormPlacement == _placement && config.NormsRoundLast == _roundLast && config.NormOffset == _offset, file, "model_type",
        "says how layers normalise");
}
