using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Checkpoints.Adapters;

/// <summary>
/// What a LoRA adapter is made of: PEFT's <c>adapter_config.json</c>. Which modules it adapts, and by which rank and scale.
/// </summary>
public sealed record AdapterConfig
{
    /// <summary>The name of the file within an adapter's folder.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>The value of <see cref="TargetPattern"/> that stands for every linear module but the output head.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>Gets the rank r of the update. The default value is 8.</summary>
    public int R { get; init; } = 8;

    /// <summary>Gets α: the update is scaled by α/r, or by α/√r with <see cref="UseRslora"/>. The default value is 16.</summary>
    public double LoraAlpha { get; init; } = 16;

    /// <summary>Gets the share of a module's inputs that training drops on the way into the update; 0 to 1 (exclusive).</summary>
    public double LoraDropout { get; init; }

    /// <summary>
    /// Gets the modules to adapt: whole names, or ends of names after a dot (<c>q_proj</c>). Empty when
    /// <see cref="TargetPattern"/> says.
    /// </summary>
    public IReadOnlyList<string> TargetModules { get; init; } = [];

    /// <summary>
    /// Gets the regular expression that the whole name of a module to adapt matches, or <see cref="AllLinear"/>;
    /// <see langword="null"/> when <see cref="TargetModules"/> lists them.
    /// </summary>
    public string? TargetPattern { get; init; }

    /// <summary>Gets the modules to leave alone, named as in <see cref="TargetModules"/>. The default is none.</summary>
    public IReadOnlyList<string> ExcludeModules { get; init; } = [];

    /// <summary>Gets the regular expression of modules to leave alone, or <see langword="null"/>.</summary>
    public string? ExcludePattern { get; init; }

    /// <summary>
    /// Gets the numbers of the layers whose modules are adapted, from 0; every layer when it is empty, the default. A module whose whole
    /// name <see cref="TargetModules"/> has is adapted anyway.
    /// </summary>
    public IReadOnlyList<int> LayersToTransform { get; init; } = [];

    /// <summary>
    /// Gets regular expressions of the part of a name that stands before the layer's number (<c>layers</c>); any part when it is empty,
    /// the default.
    /// </summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>
    /// Gets the modules that the adapter holds whole beside its updates. They are used only where their weights are those of the base model.
    /// The default is none.
    /// </summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>Gets the settings of the file that are not known here, and therefore not used.</summary>
    internal IReadOnlyList<string> UnknownSettings { get; init; } = [];

    /// <summary>Gets whether the update is scaled by α/√r (rank-stabilised, arXiv 2312.03732) instead of α/r.</summary>
    public bool UseRslora { get; init; }

    /// <summary>Gets whether magnitude and direction are trained apart (DoRA, arXiv 2402.09353).</summary>
    public bool UseDora { get; init; }

    /// <summary>
    /// Gets other ranks than <see cref="R"/>, by regular expressions that a module's name, or its end from a dot on, matches;
    /// the first one decides.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Gets other alphas than <see cref="LoraAlpha"/>, found as those of <see cref="RankPattern"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>Gets the path or the name of the model that was adapted, as the file gives it.</summary>
    public string? BaseModelNameOrPath { get; init; }

    /// <summary>Reads <c>adapter_config.json</c>.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <exception cref="FileNotFoundException">The folder has no <c>adapter_config.json</c>.</exception>
    /// <exception cref="InvalidDataException">The file is not JSON, or a setting is missing or makes no sense.</exception>
    /// <exception cref="NotSupportedException">The adapter needs what is not supported; the message names the setting.</exception>
    public static AdapterConfig Load(string folder) => AdapterConfigJson.Read(JsonSettings.Load(Path.Combine(folder, FileName)));

    /// <summary>Writes <c>adapter_config.json</c> so that PEFT reads it.</summary>
    /// <param name="folder">The adapter's folder, made when it does not exist.</param>
    /// <exception cref="InvalidDataException">A setting makes no sense.</exception>
    public void Save(string folder)
    {
        string json = ToJson();
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(Path.Combine(folder, FileName), json);
    }

    /// <summary>Writes the configuration as PEFT reads it.</summary>
    /// <exception cref="InvalidDataException">A setting makes no sense.</exception>
    public string ToJson()
    {
        AdapterConfigJson.Check(this, FileName);
        return AdapterConfigJson.Write(this);
    }

    /// <summary>Says whether the adapter adapts a module.</summary>
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
            return IsAllLinear(TargetPattern) ? !ModulePattern.IsOutputHead(moduleName) : ModulePattern.Matches([], TargetPattern, moduleName);
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

    /// <summary>Gets what a module's update B·A is multiplied by.</summary>
    /// <param name="moduleName">The module's name.</param>
    public double ScaleOf(string moduleName)
    {
        int rank = RankOf(moduleName);
        return AlphaOf(moduleName) / (UseRslora ? Math.Sqrt(rank) : rank);
    }

    // As PEFT compares it.
    internal static bool IsAllLinear(string pattern) => pattern.Equals(AllLinear, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the text of an <c>adapter_config.json</c> that came out of an archive.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="name">What errors call it.</param>
    internal static AdapterConfig Parse(ReadOnlySpan<byte> utf8, string name) => AdapterConfigJson.Read(JsonSettings.Parse(utf8, name));
}
