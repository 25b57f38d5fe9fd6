using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>Which of the attention's projections have biases (<c>attention_bias</c>).</summary>
internal abstract class AttentionBiasTrait : ConfigTrait
{
    private const string Key = "attention_bias";

    /// <summary>Gets the trait of a family without these biases.</summary>
    public static AttentionBiasTrait None { get; } = new Absent();

    /// <summary>Gets the trait of a family whose setting chooses between biases in all four projections and in none. The default is none.</summary>
    public static AttentionBiasTrait FromSetting { get; } = new Setting();

    /// <summary>Gets the trait of a family in which query, key and value always have biases, and the output has none.</summary>
    public static AttentionBiasTrait QueryKeyValue { get; } = new QueryKeyValueAlways();

    private sealed class Absent : AttentionBiasTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json)
        {
            RefuseIfSet(config, json, Key);
            return config;
        }

        public override void Check(ModelConfig config, string file) =>
            DemandAsInFamily(config, !config.AttentionBias && !config.OutputProjectionBias, file, Key);
    }

    private sealed class Setting : AttentionBiasTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json)
        {
            bool has = json.Flag(Key) ?? false;
            return config with { AttentionBias = has, OutputProjectionBias = has };
        }

        public override void Check(ModelConfig config, string file) =>
            DemandAsInFamily(config, config.AttentionBias == config.OutputProjectionBias, file, Key);

        public override void Write(ModelConfig config, JsonObject json) => json[Key] = config.AttentionBias;
    }

    private sealed class QueryKeyValueAlways : AttentionBiasTrait
    {
        public override ModelConfig Default(ModelConfig config) => config with { AttentionBias = true };

        public override ModelConfig Read(ModelConfig config, JsonSettings json) => Default(config);

        public override void Check(ModelConfig config, string file) =>
            DemandAsInFamily(config, config.AttentionBias && !config.OutputProjectionBias, file, Key);
    }
}
