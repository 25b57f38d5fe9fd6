using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// Layers with a sliding window between those that see all: as <c>layer_types</c> says, else every n-th sees all and the others have
/// <c>sliding_window</c>.
/// </summary>
/// <param name="every">n.</param>
internal sealed class LayerPatternTrait(int every) : SlidingWindowTrait
{
    public override ModelConfig Default(ModelConfig config) => config with { SlidingWindow = DefaultWindow, LayerTypes = Types(config) };

    public override ModelConfig Read(ModelConfig config, JsonSettings json)
    {
        var types = json.Texts(TypesKey) ?? Types(config);
        if (json.Json.ContainsKey(WindowKey) && !json.Has(WindowKey) && types.Contains(SlidingAttention))
        {
            throw json.Unsupported(WindowKey, $"is null, and '{SlidingAttention}' layers need one");
        }

        return config with { SlidingWindow = types.Contains(SlidingAttention) ? json.Integer(WindowKey) ?? DefaultWindow : null, LayerTypes = types };
    }

    public override void Check(ModelConfig config, string file)
    {
        base.Check(config, file);
        CheckTypes(config, file);
    }

    public override void Write(ModelConfig config, JsonObject json)
    {
        json[WindowKey] = config.SlidingWindow;
        WriteTypes(config, json);
    }

    private List<string> Types(ModelConfig config) =>
        [.. Enumerable.Range(1, config.NumHiddenLayers).Select(number => number % every == 0 ? FullAttention : SlidingAttention)];
}
