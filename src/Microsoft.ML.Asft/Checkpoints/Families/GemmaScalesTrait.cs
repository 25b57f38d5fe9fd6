using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// Gemma's scales. The embedding is multiplied by the square root of the hidden size, rounded to the model's number format. Attention scores are
/// divided by the square root of <c>query_pre_attn_scalar</c>.
/// </summary>
internal sealed class GemmaScalesTrait : ConfigTrait
{
    private const string Key = "query_pre_attn_scalar";
    private const double DefaultScalar = 256;

    private readonly bool _has;

    private GemmaScalesTrait(bool has) => _has = has;

    /// <summary>Gets the trait of a family without these scales.</summary>
    public static GemmaScalesTrait None { get; } = new(has: false);

    /// <summary>Gets the trait of a family with both scales.</summary>
    public static GemmaScalesTrait Both { get; } = new(has: true);

    // The heads of a new model may have any width.
    public override ModelConfig Default(ModelConfig config) =>
        _has ? config with { ScalesEmbeddingByRoot = true, QueryPreAttentionScalar = config.HeadDim } : config;

    public override ModelConfig Read(ModelConfig config, JsonSettings json)
    {
        if (!_has)
        {
            RefuseIfSet(config, json, Key);
            return config;
        }

        return config with { ScalesEmbeddingByRoot = true, QueryPreAttentionScalar = json.Number(Key) ?? DefaultScalar };
    }

    public override void Check(ModelConfig config, string file)
    {
        ModelConfigChecks.Demand(config.ScalesEmbeddingByRoot == _has, file, "model_type", "says whether the embedding is scaled");
        DemandAsInFamily(config, config.QueryPreAttentionScalar is not null == _has, file, Key);
        ModelConfigChecks.Demand(
            config.QueryPreAttentionScalar is null or (> 0 and <= 1e6), file, Key,
            $"is {config.QueryPreAttentionScalar}, not more than 0 and at most 1000000");
    }

    public override void Write(ModelConfig config, JsonObject json)
    {
        if (config.QueryPreAttentionScalar is { } scalar)
        {
            json[Key] = scalar == Math.Round(scalar) ? JsonValue.Create((int)scalar) : JsonValue.Create(scalar);
        }
    }
}
