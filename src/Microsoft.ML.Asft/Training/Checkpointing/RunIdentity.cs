using System.Globalization;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>
/// The values, by name, that the numbers of a run depend on. They include the options with <see cref="OptionScopeAttribute.Resume"/>.
/// </summary>
/// <param name="Essentials">
/// The values that must be the same to resume from a checkpoint. Otherwise its weights or its position in the data would have no meaning.
/// </param>
/// <param name="Settings">The values that may change when a run resumes. It then gives other numbers than a run without a break.</param>
internal sealed record RunIdentity(SortedDictionary<string, string> Essentials, SortedDictionary<string, string> Settings)
{
    /// <summary>The name of the value with the names and shapes of the trained parameters.</summary>
    public const string Parameters = "the trained parameters";

    private const string Model = "the model";
    private const string LoraPrefix = nameof(AsftOptions.Lora) + ".";

    private static readonly OptionFact[] Defaults = [.. OptionFact.Of(new AsftOptions())];

    public static RunIdentity Of(
        AsftOptions options, LoadedModel loaded, string layout, IReadOnlyList<EncodedExample> examples, int seed, int totalSteps)
    {
        var essentials = Compared(options, Comparison.MustMatch);
        essentials[Model] = loaded.Fingerprint ?? "made in code";
        essentials[Parameters] = layout;
        essentials["the training data"] = EncodedExample.HashOf(examples);

        // The effective values: these options may be null, or depend on the processor.
        essentials[$"{nameof(AsftOptions.Batches)}.{nameof(BatchOptions.GlobalBatchSize)}"] = Text(options.Batches.GlobalBatchSize ?? options.BatchSize);
        essentials[nameof(AsftOptions.Seed)] = Text(seed);
        if (options.Runtime.Precision == ModelPrecision.Auto)
        {
            var effective = loaded.Model.HeadWeight.dtype == ScalarType.BFloat16 ? ModelPrecision.BFloat16 : ModelPrecision.Float32;
            essentials[$"{nameof(AsftOptions.Runtime)}.{nameof(RuntimeOptions.Precision)}"] = effective.ToString();
        }

        var settings = Compared(options, Comparison.Warn);
        settings["the number of steps"] = Text(totalSteps);
        settings["the number of workers"] = Text(options.Runtime.WorkerGroup.Size);
        foreach (string name in settings.Keys.Where(name => name.StartsWith(LoraPrefix, StringComparison.Ordinal)).ToArray())
        {
            settings.Remove(name);
        }

        if (loaded.Adapters?.Config is { } adapter)   // it may come from AdapterPath instead of the options
        {
            settings[LoraPrefix + nameof(LoraOptions.Alpha)] = Text(adapter.LoraAlpha);
            settings[LoraPrefix + nameof(LoraOptions.Dropout)] = Text(adapter.LoraDropout);
            settings[LoraPrefix + nameof(LoraOptions.UseRslora)] = adapter.UseRslora ? "true" : "";
        }

        return new RunIdentity(essentials, settings);
    }

    /// <summary>
    /// Converts values that an earlier version saved: options get the names of their groups, and the older fingerprint of the same model is
    /// replaced by the current one.
    /// </summary>
    public RunIdentity AsThisVersionWrites(LoadedModel loaded)
    {
        var essentials = WithGroups(Essentials);
        if (loaded is { Folder: { } folder, Fingerprint: { } fingerprint } && essentials.TryGetValue(Model, out string? saved)
            && Fingerprint.IsOlder(saved) && Fingerprint.Matches(folder, saved))
        {
            essentials[Model] = fingerprint;
        }

        return new RunIdentity(essentials, WithGroups(Settings));
    }

    /// <summary>Compares with the run that wrote a checkpoint.</summary>
    /// <returns>A description of each setting that differs.</returns>
    /// <exception cref="InvalidOperationException">An essential value differs. The message names it.</exception>
    public IReadOnlyList<string> Compare(RunIdentity saved, string checkpoint)
    {
        var wrong = Differences(saved.Essentials, Essentials);
        return wrong.Count == 0 ? Differences(saved.Settings, Settings) : throw new InvalidOperationException(
            $"The checkpoint '{checkpoint}' belongs to another run: {string.Join("; ", wrong)}. Resume with the same model, data and options, "
            + "or start again in another output folder.");
    }

    private static SortedDictionary<string, string> Compared(AsftOptions options, Comparison comparison) =>
        new(OptionFact.Of(options).Where(fact => fact.Scope.Resume == comparison).ToDictionary(fact => fact.Path, fact => fact.Text), StringComparer.Ordinal);

    private static SortedDictionary<string, string> WithGroups(SortedDictionary<string, string> saved) =>
        new(saved.ToDictionary(item => PathOf(item.Key), item => item.Value), StringComparer.Ordinal);

    private static string PathOf(string name) =>
        Array.Find(Defaults, fact => fact.Scope.FormerName == name || fact.Property.Name == name)?.Path is { } path && !name.Contains('.', StringComparison.Ordinal)
            ? path : name;

    // An option that the earlier version did not have counts as different only if it is not at its default.
    private static List<string> Differences(SortedDictionary<string, string> saved, SortedDictionary<string, string> now) =>
    [
        .. now.Where(item => saved.TryGetValue(item.Key, out string? value) && value != item.Value).Select(item =>
        {
            string[] shown = DifferingText.Of(saved[item.Key], item.Value);
            return $"{item.Key} was {shown[0]} and is {shown[1]}";
        }),
        .. now.Where(item => !saved.ContainsKey(item.Key) && Array.Find(Defaults, fact => fact.Path == item.Key)?.Text != item.Value)
            .Select(item => $"{item.Key} was not recorded and is {DifferingText.Of(item.Value)[0]}"),
        .. saved.Where(item => !now.ContainsKey(item.Key)).Select(item => $"{item.Key} was {DifferingText.Of(item.Value)[0]}, and this version does not know it"),
    ];

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
