using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// Layers with a sliding window alternate with layers without one, as <c>layer_types</c> says. Without that setting every n-th layer has no
/// window, and the others have the one of <c>sliding_window</c>.
/// </summary>
/// <param name="every">The default of n.</param>
/// <param name="key">The setting for n; <see langword="null"/> if there is none.</param>
internal sealed class LayerPatternTrait(int every, string? key = null) : SlidingWindowTrait
{
    public override ModelConfig Default(ModelConfig config) => config with { SlidingWindow = DefaultWindow, LayerTypes = Types(config, every) };

    public override ModelConfig Read(ModelConfig config, JsonSettings json)
    {
        int n = (key is null ? null : json.Integer(key)) ?? every;
        var types = json.Texts(TypesKey) ?? (n >= 1 ? Types(config, n) : throw json.Malformed(key!, $"is {n}, not 1 or more"));
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

    private static List<string> Types(ModelConfig config, int n) =>
        [.. Enumerable.Range(1, config.NumHiddenLayers).Select(number => number % n == 0 ? FullAttention : SlidingAttention)];
}
