using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// Granite's multipliers of the embedding, of attention scores and of residual branches, and its divisor of logits
/// (<c>embedding_multiplier</c>, <c>attention_multiplier</c>, <c>residual_multiplier</c>, <c>logits_scaling</c>).
/// </summary>
internal abstract class MultipliersTrait : ConfigTrait
{
    private const string EmbeddingKey = "embedding_multiplier";
    private const string AttentionKey = "attention_multiplier";
    private const string ResidualKey = "residual_multiplier";
    private const string LogitsKey = "logits_scaling";

    /// <summary>Gets the trait of a family without them.</summary>
    public static MultipliersTrait None { get; } = new Absent();

    /// <summary>Gets the trait of a family with these settings. Each is 1 by default, including the one of attention scores.</summary>
    public static MultipliersTrait FromSettings { get; } = new Setting();

    private sealed class Absent : MultipliersTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json)
        {
            foreach (string key in (string[])[EmbeddingKey, AttentionKey, ResidualKey, LogitsKey])
            {
                if (json.Number(key) is not (null or 1))
                {
                    throw json.Unsupported(key, $"is set, and a {config.ModelType} model has none");
                }
            }

            return config;
        }

        public override void Check(ModelConfig config, string file)
        {
            DemandAsInFamily(config, config.EmbeddingMultiplier == 1, file, EmbeddingKey);
            DemandAsInFamily(config, config.AttentionMultiplier is null, file, AttentionKey);
            DemandAsInFamily(config, config.ResidualMultiplier == 1, file, ResidualKey);
            DemandAsInFamily(config, config.LogitsScaling == 1, file, LogitsKey);
        }
    }

    private sealed class Setting : MultipliersTrait
    {
        // A new model has the scale of scores that other families have, which is not 1.
        public override ModelConfig Default(ModelConfig config) => config with { AttentionMultiplier = 1 / Math.Sqrt(config.HeadDim) };

        public override ModelConfig Read(ModelConfig config, JsonSettings json) => config with
        {
            EmbeddingMultiplier = json.Number(EmbeddingKey) ?? 1,
            AttentionMultiplier = json.Number(AttentionKey) ?? 1,
            ResidualMultiplier = json.Number(ResidualKey) ?? 1,
            LogitsScaling = json.Number(LogitsKey) ?? 1,
        };

        public override void Check(ModelConfig config, string file)
        {
            Positive(EmbeddingKey, config.EmbeddingMultiplier);
            Positive(AttentionKey, config.AttentionMultiplier ?? 0);
            Positive(ResidualKey, config.ResidualMultiplier);
            Positive(LogitsKey, config.LogitsScaling);

            void Positive(string key, double value) =>
                ModelConfigChecks.Demand(value is > 0 and <= 1e6, file, key, $"is {value}, not more than 0 and at most 1000000");
        }

        public override void Write(ModelConfig config, JsonObject json)
        {
            json[EmbeddingKey] = RopeSettings.Float(config.EmbeddingMultiplier);
            json[AttentionKey] = RopeSettings.Float(config.AttentionMultiplier ?? 1);
            json[ResidualKey] = RopeSettings.Float(config.ResidualMultiplier);
            json[LogitsKey] = RopeSettings.Float(config.LogitsScaling);
        }
    }
}
