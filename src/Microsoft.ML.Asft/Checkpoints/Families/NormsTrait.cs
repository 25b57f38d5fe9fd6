using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>Where layers normalise, and how a norm rounds. It depends on the family alone, and there is no setting.</summary>
internal sealed class NormsTrait : ConfigTrait
{
    private readonly NormPlacement _placement;
    private readonly bool _roundLast;
    private readonly double _offset;

    private NormsTrait(NormPlacement placement, bool roundLast, double offset = 0) =>
        (_placement, _roundLast, _offset) = (placement, roundLast, offset);

    /// <summary>Gets the trait of a family that normalises the input of each branch, and rounds before the weight.</summary>
    public static NormsTrait Before { get; } = new(NormPlacement.BeforeBody, roundLast: false);

    /// <summary>Gets the trait of a family that normalises the output of each branch, and rounds after the weight.</summary>
    public static NormsTrait After { get; } = new(NormPlacement.AfterBody, roundLast: true);

    /// <summary>Gets the trait of a family that normalises both, multiplies by 1 + weight, and rounds after that.</summary>
    public static NormsTrait BeforeAndAfter { get; } = new(NormPlacement.BeforeAndAfterBody, roundLast: true, offset: 1);

    public override ModelConfig Default(ModelConfig config) =>
        config with { NormPlacement = _placement, NormsRoundLast = _roundLast, NormOffset = _offset };

    public override ModelConfig Read(ModelConfig config, JsonSettings json) => Default(config);

    public override void Check(ModelConfig config, string file) => ModelConfigChecks.Demand(
        config.NormPlacement == _placement && config.NormsRoundLast == _roundLast && config.NormOffset == _offset, file, "model_type",
        "says how layers normalise");
}
