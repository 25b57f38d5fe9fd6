using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// Whether projections of the same input are fused into one weight, in files and in memory (<c>qkv_proj</c>, <c>gate_up_proj</c>). It depends on
/// the family alone, and there is no setting.
/// </summary>
internal sealed class FusedProjectionsTrait : ConfigTrait
{
    private readonly bool _has;

    private FusedProjectionsTrait(bool has) => _has = has;

    /// <summary>Gets the trait of a family with separate weights.</summary>
    public static FusedProjectionsTrait None { get; } = new(has: false);

    /// <summary>Gets the trait of a family that fuses query, key and value, and gate and up.</summary>
    public static FusedProjectionsTrait Both { get; } = new(has: true);

    public override ModelConfig Default(ModelConfig config) => config with { FusesProjections = _has };

    public override ModelConfig Read(ModelConfig config, JsonSettings json) => Default(config);

    public override void Check(ModelConfig config, string file) =>
        ModelConfigChecks.Demand(config.FusesProjections == _has, file, "model_type", "says whether projections are fused");
}
