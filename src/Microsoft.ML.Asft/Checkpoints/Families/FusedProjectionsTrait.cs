using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// Whether projections of one input are one weight in files and in memory (<c>qkv_proj</c>, <c>gate_up_proj</c>). No setting says so; the
/// family does.
/// </summary>
internal sealed class FusedProjectionsTrait : ConfigTrait
{
    private readonly bool _has;

    private FusedProjectionsTrait(bool has) => _has = has;

    /// <summary>Gets: each has a weight of its own.</summary>
    public static FusedProjectionsTrait None { get; } = new(has: false);

    /// <summary>Gets: query, key and value are one, and gate and up are one.</summary>
    public static FusedProjectionsTrait Both { get; } = new(has: true);

    public override ModelConfig Default(ModelConfig config) => config with { FusesProjections = _has };

    public override ModelConfig Read(ModelConfig config, JsonSettings json) => Default(config);

    public override void Check(ModelConfig config, string file) =>
        ModelConfigChecks.Demand(config.FusesProjections == _has, file, "model_type", "says whether projections are fused");
}
