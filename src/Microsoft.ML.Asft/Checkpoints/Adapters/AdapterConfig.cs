using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Checkpoints.Adapters;

/// <summary>
/// The configuration of a LoRA adapter: PEFT's <c>adapter_config.json</c>, with the adapted modules, their rank and their scale.
/// </summary>
public sealed record AdapterConfig
{
    /// <summary>The name of the file within an adapter's folder.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>The value of <see cref="TargetPattern"/> that means every linear module except the output head and the routers of experts.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>Gets the rank r of the update. The default value is 8.</summary>
    public int R { get; init; } = 8;

    /// <summary>Gets α: the update is scaled by α/r, or by α/√r with <see cref="UseRslora"/>. The default value is 16.</summary>
    public double LoraAlpha { get; init; } = 16;

    /// <summary>Gets the dropout of the update's inputs in training; 0 to 1 (exclusive).</summary>
    public double LoraDropout { get; init; }

    /// <summary>
    /// Gets the modules to adapt: whole names, or ends of names after a dot (<c>q_proj</c>). Empty if
    /// <see cref="TargetPattern"/> is set.
    /// </summary>
    public IReadOnlyList<string> TargetModules { get; init; } = [];

    /// <summary>
    /// Gets the regular expression that the whole name of a module to adapt matches, or <see cref="AllLinear"/>;
    /// <see langword="null"/> if <see cref="TargetModules"/> lists them.
    /// </summary>
    public string? TargetPattern { get; init; }

    /// <summary>Gets the modules that are not adapted, named as in <see cref="TargetModules"/>. The default is none.</summary>
    public IReadOnlyList<string> ExcludeModules { get; init; } = [];

    /// <summary>Gets the regular expression of modules that are not adapted, or <see langword="null"/>.</summary>
    public string? ExcludePattern { get; init; }

    /// <summary>
    /// Gets the numbers of the layers whose modules are adapted, from 0; empty, the default, means every layer. A module whose whole
    /// name is in <see cref="TargetModules"/> is always adapted.
    /// </summary>
    public IReadOnlyList<int> LayersToTransform { get; init; } = [];

    /// <summary>
    /// Gets regular expressions of the part of a name before the layer's number (<c>layers</c>); empty, the default, means any part.
    /// </summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>
    /// Gets the modules that the adapter holds as a whole. They are used only if their weights equal those of the base model.
    /// The default is none.
    /// </summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>Gets the unknown settings of the file, which are not used.</summary>
    internal IReadOnlyList<string> UnknownSettings { get; init; } = [];

    /// <summary>Gets whether the update is scaled by α/√r (rank-stabilised, arXiv 2312.03732) instead of α/r.</summary>
    public bool UseRslora { get; init; }

    /// <summary>Gets whether magnitude and direction are trained separately (DoRA, arXiv 2402.09353).</summary>
    public bool UseDora { get; init; }

    /// <summary>
    /// Gets ranks that differ from <see cref="R"/>, by regular expressions that match a module's name, or its end after a dot;
    /// the first match decides.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Gets alphas that differ from <see cref="LoraAlpha"/>, found as in <see cref="RankPattern"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>Gets the path or the name of the adapted model, as in the file.</summary>
    public string? BaseModelNameOrPath { get; init; }

    /// <summary>Reads <c>adapter_config.json</c>.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <exception cref="FileNotFoundException">The folder has no <c>adapter_config.json</c>.</exception>
    /// <exception cref="InvalidDataException">The file is not JSON, or a setting is missing or invalid.</exception>
    /// <exception cref="NotSupportedException">
    /// The adapter needs something that is not supported; the message names the setting.
    /// </exception>
    public static AdapterConfig Load(string folder) => AdapterConfigJson.Read(JsonSettings.Load(Path.Combine(folder, FileName)));

    /// <summary>Writes <c>adapter_config.json</c> in PEFT's format.</summary>
    /// <param name="folder">The adapter's folder; it is created if it does not exist.</param>
    /// <exception cref="InvalidDataException">A setting is invalid.</exception>
    public void Save(string folder)
    {
        string json = ToJson();
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(Path.Combine(folder, FileName), json);
    }

    /// <summary>Writes the configuration in PEFT's format.</summary>
    /// <exception cref="InvalidDataException">A setting is invalid.</exception>
    public string ToJson()
    {
        AdapterConfigJson.Check(this, FileName);
        return AdapterConfigJson.Write(this);
    }

    /// <summary>Whether the adapter adapts a module.</summary>
    /// <param name="moduleName">The name of a linear module in the model, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <exception cref="InvalidDataException">A regular expression takes too long on this name.</exception>
    public bool Matches(string moduleName)
    {
        if (ModulePattern.Matches(ExcludeModules, ExcludePattern, moduleName) || ModulesToSave.Any(saved => ModulePattern.IsWithin(saved, moduleName)))
        {
            return false;
        }

        if (TargetPattern is not null)
        {
            return IsAllLinear(TargetPattern)
                ? !ModulePattern.IsOutputHead(moduleName) && !ModulePattern.IsRouter(moduleName)
                : ModulePattern.Matches([], TargetPattern, moduleName);
        }

        return TargetModules.Contains(moduleName) || (ModulePattern.Matches(TargetModules, null, moduleName)
            && (LayersToTransform is [] || (ModulePattern.LayerOf(LayersPattern, moduleName) is { } layer && LayersToTransform.Contains(layer))));
    }

    /// <summary>Gets the rank of a module's update.</summary>
    /// <param name="moduleName">The module's name.</param>
    public int RankOf(string moduleName) => ModulePattern.Find(RankPattern, moduleName, R);

    /// <summary>Gets the α of a module's update.</summary>
    /// <param name="moduleName">The module's name.</param>
    public double AlphaOf(string moduleName) => ModulePattern.Find(AlphaPattern, moduleName, LoraAlpha);

    /// <summary>Gets the scale of a module's update B·A.</summary>
    /// <param name="moduleName">The module's name.</param>
    public double ScaleOf(string moduleName)
    {
        int rank = RankOf(moduleName);
        return AlphaOf(moduleName) / (UseRslora ? Math.Sqrt(rank) : rank);
    }

    // Compared as in PEFT.
    internal static bool IsAllLinear(string pattern) => pattern.Equals(AllLinear, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the text of an <c>adapter_config.json</c> from an archive.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="name">Its name in errors.</param>
    internal static AdapterConfig Parse(ReadOnlySpan<byte> utf8, string name) => AdapterConfigJson.Read(JsonSettings.Parse(utf8, name));
}
