using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// Which layers attend through a sliding window (<c>sliding_window</c>, <c>use_sliding_window</c>, <c>max_window_layers</c>,
/// <c>layer_types</c>).
/// </summary>
internal abstract class SlidingWindowTrait : ConfigTrait
{
    protected const string WindowKey = "sliding_window";
    protected const string UseKey = "use_sliding_window";
    protected const string TypesKey = "layer_types";
    protected const string FullAttention = "full_attention";
    protected const string SlidingAttention = "sliding_attention";
    protected const int DefaultWindow = 4096;

    private const string FirstKey = "max_window_layers";
    private const int DefaultFirst = 28;

    /// <summary>Gets the trait of a family without windows. The setting is ignored.</summary>
    public static SlidingWindowTrait None { get; } = new Never();

    /// <summary>Gets the trait of a family with a window in all layers, of 4096 tokens by default; none if <c>sliding_window</c> is null.</summary>
    public static SlidingWindowTrait EveryLayer { get; } = new Everywhere(DefaultWindow);

    /// <summary>Gets the trait of a family with a window in all layers if <c>sliding_window</c> is set.</summary>
    public static SlidingWindowTrait EveryLayerIfSet { get; } = new Everywhere(null);

    /// <summary>Gets the trait of a family with a window in all layers if <c>use_sliding_window</c> is set, of 4096 tokens by default.</summary>
    public static SlidingWindowTrait EveryLayerIfUsed { get; } = new Everywhere(DefaultWindow, hasSwitch: true);

    /// <summary>
    /// Gets the trait of a family with windows if <c>use_sliding_window</c> is set: in the layers that <c>layer_types</c> names, or in those from
    /// <c>max_window_layers</c> to the last.
    /// </summary>
    public static SlidingWindowTrait ByLayer { get; } = new Chosen();

    /// <summary>
    /// Gets the trait of a family with windows if <c>use_sliding_window</c> and <c>sliding_window</c> are set: in the layers that <c>layer_types</c>
    /// names, or in those that do not rotate.
    /// </summary>
    public static SlidingWindowTrait ByLayerType { get; } = new Named();

    /// <summary>The trait of a family with windows in the layers that <c>layer_types</c> names, by default in all except every n-th.</summary>
    /// <param name="n">The default of n.</param>
    /// <param name="key">The setting for n; <see langword="null"/> if there is none.</param>
    public static SlidingWindowTrait AllButEvery(int n, string? key = null) => new LayerPatternTrait(n, key);

    public override void Check(ModelConfig config, string file)
    {
        if (config.SlidingWindow is { } window)
        {
            ModelConfigChecks.InRange(file, WindowKey, window, int.MaxValue);
        }

        ModelConfigChecks.Demand(config.MaxWindowLayers >= 0, file, FirstKey, $"is {config.MaxWindowLayers}");
        if (config.LayerTypes is { } types)
        {
            ModelConfigChecks.Demand(types.Count == config.NumHiddenLayers, file, TypesKey,
                $"names {types.Count} layers, but num_hidden_layers is {config.NumHiddenLayers}");
            if (types.FirstOrDefault(type => type is not (FullAttention or SlidingAttention)) is { } unknown)
            {
                throw new NotSupportedException(
                    $"{file}: '{TypesKey}' has a layer of '{unknown}', and only {FullAttention} and {SlidingAttention} are supported. "
                    + "Take another model.");
            }
        }
    }

    protected static void WriteTypes(ModelConfig config, JsonObject json)
    {
        if (config.LayerTypes is { } types)
        {
            json[TypesKey] = new JsonArray([.. types.Select(type => JsonValue.Create(type))]);
        }
    }

    // For families whose layer_types says which layers have windows.
    protected static void CheckTypes(ModelConfig config, string file)
    {
        DemandAsInFamily(config, config.MaxWindowLayers == 0, file, FirstKey);
        ModelConfigChecks.Demand(
            config.SlidingWindow is null ? config.LayerTypes?.Contains(SlidingAttention) != true : config.LayerTypes is not null,
            file, TypesKey, $"does not fit a {WindowKey} of {config.SlidingWindow?.ToString(CultureInfo.InvariantCulture) ?? "null"}");
    }

    // For families in which either all layers have a window or none has.
    private static ModelConfig RefuseOtherLayers(ModelConfig config, JsonSettings json)
    {
        string only = config.SlidingWindow is null ? FullAttention : SlidingAttention;
        return json.Texts(TypesKey)?.FirstOrDefault(type => type != only) is not { } other ? config
            : throw json.Unsupported(TypesKey, $"has a layer of '{other}', and this {config.ModelType} model is all of '{only}'");
    }

    private static void CheckOneKind(ModelConfig config, string file)
    {
        DemandAsInFamily(config, config.LayerTypes is null, file, TypesKey);
        DemandAsInFamily(config, config.MaxWindowLayers == 0, file, FirstKey);
    }

    private sealed class Never : SlidingWindowTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json) => RefuseOtherLayers(config, json);

        public override void Check(ModelConfig config, string file)
        {
            DemandAsInFamily(config, config.SlidingWindow is null, file, WindowKey);
            CheckOneKind(config, file);
        }
    }

    private sealed class Everywhere(int? missing, bool hasSwitch = false) : SlidingWindowTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json) => RefuseOtherLayers(
            // A null key means no window; a missing key means the default.
            config with
            {
                SlidingWindow = hasSwitch && json.Flag(UseKey) != true ? null : json.Json.ContainsKey(WindowKey) ? json.Integer(WindowKey) : missing,
            },
            json);

        public override void Check(ModelConfig config, string file)
        {
            base.Check(config, file);
            CheckOneKind(config, file);
        }

        public override void Write(ModelConfig config, JsonObject json)
        {
            json[WindowKey] = config.SlidingWindow;
            if (hasSwitch)
            {
                json[UseKey] = config.SlidingWindow is not null;
            }
        }
    }

    private sealed class Chosen : SlidingWindowTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json) => config with
        {
            SlidingWindow = json.Flag(UseKey) == true ? json.Integer(WindowKey) ?? DefaultWindow : null,
            MaxWindowLayers = json.Integer(FirstKey) ?? DefaultFirst,
            LayerTypes = json.Texts(TypesKey),
        };

        public override void Write(ModelConfig config, JsonObject json)
        {
            json[UseKey] = config.SlidingWindow is not null;
            json[WindowKey] = config.SlidingWindow;
            json[FirstKey] = config.MaxWindowLayers;
            WriteTypes(config, json);
        }
    }

    private sealed class Named : SlidingWindowTrait
    {
        public override ModelConfig Read(ModelConfig config, JsonSettings json)
        {
            int? window = json.Flag(UseKey) == true ? json.Integer(WindowKey) : null;
            var types = json.Texts(TypesKey);
            if (window is not null)
            {
                types ??= [.. Enumerable.Range(0, config.NumHiddenLayers)
                    .Select(layer => config.UsesRotaryEmbedding(layer) ? FullAttention : SlidingAttention)];
            }

            // In this case transformers' mask follows layer_types, but some of its attention kernels follow use_sliding_window.
            return window is null && types?.Contains(SlidingAttention) == true
                ? throw json.Unsupported(TypesKey, $"has a layer of '{SlidingAttention}' without {UseKey} and {WindowKey}")
                : config with { SlidingWindow = window, LayerTypes = types };
        }

        public override void Check(ModelConfig config, string file)
        {
            base.Check(config, file);
            CheckTypes(config, file);
        }

        public override void Write(ModelConfig config, JsonObject json)
        {
            json[UseKey] = config.SlidingWindow is not null;
            json[WindowKey] = config.SlidingWindow;
            WriteTypes(config, json);
        }
    }
}
