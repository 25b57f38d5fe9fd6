using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>Whether the feed-forward projections have biases (<c>mlp_bias</c>).</summary>
internal abstract class FeedForwardBiasTrait : ConfigTrait
{
    private const string Key = "mlp_bias";

    /// <summary>Gets the trait of a family without these biases.</summary>
    public static FeedForwardBiasTrait None { get; } = new Absent();

    /// <summary>Gets the trait of a family whose setting chooses between biases in all three projections and in none. The default is none.</summary>
    public static FeedForwardBiasTrait FromSetting { get; } = new Setting();

    private sealed class Absent : FeedForwardBiasTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json)
        {
            RefuseIfSet(config, json, Key);
            return config;
        }

        public override void Check(ModelConfig config, string file) => DemandAsInFamily(config, !config.MlpBias, file, Key);
    }

    private sealed class Setting : FeedForwardBiasTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json) => config with { MlpBias = json.Flag(Key) ?? false };

        public override void Check(ModelConfig config, string file)
        {
        }

        public override void Write(ModelConfig config, JsonObject json) => json[Key] = config.MlpBias;
    }
}
