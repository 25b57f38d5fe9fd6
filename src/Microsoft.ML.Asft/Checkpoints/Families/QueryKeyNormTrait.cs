using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>Whether queries and keys are normalised before they are rotated. It depends on the family alone, and there is no setting.</summary>
internal sealed class QueryKeyNormTrait : ConfigTrait
{
    private readonly bool _has;
    private readonly bool _isOfProjection;

    private QueryKeyNormTrait(bool has, bool isOfProjection) => (_has, _isOfProjection) = (has, isOfProjection);

    /// <summary>Gets the trait of a family without these norms.</summary>
    public static QueryKeyNormTrait None { get; } = new(has: false, isOfProjection: false);

    /// <summary>Gets the trait of a family that normalises each head. All heads share one weight, of a head's width.</summary>
    public static QueryKeyNormTrait EachHead { get; } = new(has: true, isOfProjection: false);

    /// <summary>Gets the trait of a family that normalises all heads together, with a weight of their total width.</summary>
    public static QueryKeyNormTrait Projection { get; } = new(has: true, isOfProjection: true);

    public override ModelConfig Default(ModelConfig config) => config with { QueryKeyNorm = _has, NormalizesWholeProjection = _isOfProjection };

    public override ModelConfig Read(ModelConfig config, JsonSettings json) => Default(config);

    public override void Check(ModelConfig config, string file) => ModelConfigChecks.Demand(
        config.QueryKeyNorm == _has && config.NormalizesWholeProjection == _isOfProjection, file, "model_type",
        "says whether queries and keys are normalised");
}
