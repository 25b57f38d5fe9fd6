using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>Whether queries and keys are normalised before they are rotated. No setting says so; the family does.</summary>
internal sealed class QueryKeyNormTrait : ConfigTrait
{
    private readonly bool _has;

    private QueryKeyNormTrait(bool has) => _has = has;

    /// <summary>Gets: they are not.</summary>
    public static QueryKeyNormTrait None { get; } = new(has: false);

    /// <summary>Gets: each head has its own mean square, and all share a weight of a head's width.</summary>
    public static QueryKeyNormTrait EachHead { get; } = new(has: true);

    public override ModelConfig Default(ModelConfig config) => config with { QueryKeyNorm = _has };

    public override ModelConfig Read(ModelConfig config, JsonSettings json) => Default(config);

    public override void Check(ModelConfig config, string file) =>
        ModelConfigChecks.Demand(config.QueryKeyNorm == _has, file, "model_type", "says whether queries and keys are normalised");
}
