using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>Whether queries are scaled by their position (<c>llama_4_scaling_beta</c> among the rotary settings).</summary>
internal abstract class QueryScalingTrait : ConfigTrait
{
    private const string Key = "llama_4_scaling_beta";
    private const string LengthKey = RopeSettings.OriginalKey;

    /// <summary>Gets the trait of a family without this scale.</summary>
    public static QueryScalingTrait None { get; } = new Absent();

    /// <summary>Gets the trait of a family with this setting. A new model has the settings of Ministral 3, with yarn above 16,384 positions.</summary>
    public static QueryScalingTrait FromSetting { get; } = new Setting();

    // The same section that RopeSettings reads.
    private static JsonSettings? Section(JsonSettings json) =>
        json.Section("rope_scaling") is { Json.Count: > 0 } legacy ? legacy : json.Section("rope_parameters");

    private sealed class Absent : QueryScalingTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json)
        {
            if (Section(json) is { } section)
            {
                RefuseIfSet(config, section, Key);
            }

            return config;
        }

        public override void Check(ModelConfig config, string file) => DemandAsInFamily(config, config.QueryScaling is null, file, Key);
    }

    private sealed class Setting : QueryScalingTrait
    {
        private const int DefaultLength = 16_384;

        public override ModelConfig Default(ModelConfig config) => config with
        {
            RopeScaling = new RopeScaling("yarn", (double)config.MaxPositionEmbeddings / DefaultLength)
            {
                OriginalMaxPositionEmbeddings = DefaultLength, AttentionFactor = 1,
            },
            QueryScaling = new QueryScaling(0.1, DefaultLength),
        };

        public override ModelConfig Read(ModelConfig config, JsonSettings json) => Section(json) is not { } section
            || section.Number(Key) is not { } beta ? config : config with { QueryScaling = new QueryScaling(beta, section.RequiredInteger(LengthKey)) };

        public override void Check(ModelConfig config, string file)
        {
            if (config.QueryScaling is { } scaling)
            {
                ModelConfigChecks.Demand(scaling.Beta is >= 0 and <= 1e6, file, Key, $"is {scaling.Beta}, not from 0 to 1000000");
                ModelConfigChecks.InRange(file, LengthKey, scaling.OriginalMaxPositionEmbeddings, int.MaxValue);
                ModelConfigChecks.Demand(
                    config.RopeScaling is not { RopeType: "yarn" or "llama3" } rope || rope.OriginalMaxPositionEmbeddings == scaling.OriginalMaxPositionEmbeddings,
                    file, LengthKey, "is one number for the rotary scaling and another for the queries' scale, and the file has one place for both");
            }
        }

        public override void Write(ModelConfig config, JsonObject json)
        {
            if (config.QueryScaling is { } scaling)
            {
                var section = json["rope_scaling"] as JsonObject ?? new JsonObject { ["rope_type"] = "default" };
                section[Key] = RopeSettings.Float(scaling.Beta);
                section[LengthKey] = scaling.OriginalMaxPositionEmbeddings;
                json["rope_scaling"] = section;
            }
        }
    }
}
