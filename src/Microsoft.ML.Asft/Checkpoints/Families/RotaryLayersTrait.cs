using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// Which layers rotate queries and keys. <c>no_rope_layers</c> is a list in which 1 means that a layer rotates, in spite of its name. Without it,
/// <c>no_rope_layer_interval</c> is n, and every n-th layer does not rotate.
/// </summary>
internal abstract class RotaryLayersTrait : ConfigTrait
{
    private const string ListKey = "no_rope_layers";
    private const string IntervalKey = "no_rope_layer_interval";
    private const int DefaultInterval = 4;

    /// <summary>Gets the trait of a family in which all layers rotate.</summary>
    public static RotaryLayersTrait All { get; } = new Every();

    /// <summary>Gets the trait of a family with these settings. By default every fourth layer does not rotate.</summary>
    public static RotaryLayersTrait FromSetting { get; } = new Setting();

    private sealed class Every : RotaryLayersTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json)
        {
            RefuseIfSet(config, json, ListKey);
            RefuseIfSet(config, json, IntervalKey);
            return config;
        }

        public override void Check(ModelConfig config, string file) => DemandAsInFamily(config, config.RotaryLayers is null, file, ListKey);
    }

    private sealed class Setting : RotaryLayersTrait
    {
        public override ModelConfig Default(ModelConfig config) => WithInterval(config, DefaultInterval);

        public override ModelConfig Read(ModelConfig config, JsonSettings json)
        {
            if (json.Integers(ListKey) is not { } list)
            {
                int interval = json.Integer(IntervalKey) ?? DefaultInterval;
                return interval >= 1 ? WithInterval(config, interval) : throw json.Malformed(IntervalKey, $"is {interval}, not 1 or more");
            }

            if (list.Count < config.NumHiddenLayers)
            {
                throw json.Malformed(ListKey, $"names {list.Count} layers, but num_hidden_layers is {config.NumHiddenLayers}");
            }

            return list.All(value => value is 0 or 1)
                ? config with { RotaryLayers = [.. list.Take(config.NumHiddenLayers).Select(value => value == 1)] }
                : throw json.Malformed(ListKey, "has other numbers than 0 and 1");
        }

        public override void Check(ModelConfig config, string file) => ModelConfigChecks.Demand(
            config.RotaryLayers?.Count == config.NumHiddenLayers, file, ListKey,
            $"names {config.RotaryLayers?.Count ?? 0} layers, but num_hidden_layers is {config.NumHiddenLayers}");

        public override void Write(ModelConfig config, JsonObject json) =>
            json[ListKey] = new JsonArray([.. config.RotaryLayers!.Select(rotates => JsonValue.Create(rotates ? 1 : 0))]);

        private static ModelConfig WithInterval(ModelConfig config, int interval) =>
            config with { RotaryLayers = [.. Enumerable.Range(1, config.NumHiddenLayers).Select(number => number % interval != 0)] };
    }
}
