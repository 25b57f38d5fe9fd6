using System.Globalization;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>What the numbers of a run depend on, by name. Options say by <see cref="OptionScopeAttribute.Resume"/> that they belong to it.</summary>
/// <param name="Essentials">What must be the same to resume from a checkpoint: otherwise its weights or its place in the data mean nothing.</param>
/// <param name="Settings">What may change, though the run is then no longer the one that was begun.</param>
internal sealed record RunIdentity(SortedDictionary<string, string> Essentials, SortedDictionary<string, string> Settings)
{
    /// <summary>The name of the names and shapes of the trained parameters.</summary>
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

        // What the run makes of these options, not what they say.
        essentials[$"{nameof(AsftOptions.Batches)}.{nameof(BatchOptions.GlobalBatchSize)}"] = Text(options.Batches.GlobalBatchSize ?? options.BatchSize);
        essentials[nameof(AsftOptions.Seed)] = Text(seed);

        var settings = Compared(options, Comparison.Warn);
        settings["the number of steps"] = Text(totalSteps);
        settings["the number of workers"] = Text(options.Runtime.WorkerGroup.Size);
        foreach (string name in settings.Keys.Where(name => name.StartsWith(LoraPrefix, StringComparison.Ordinal)).ToArray())
        {
            settings.Remove(name);
        }

        if (loaded.Adapters?.Config is { } adapter)   // which AdapterPath may have brought
        {
            settings[LoraPrefix + nameof(LoraOptions.Alpha)] = Text(adapter.LoraAlpha);
            settings[LoraPrefix + nameof(LoraOptions.Dropout)] = Text(adapter.LoraDropout);
            settings[LoraPrefix + nameof(LoraOptions.UseRslora)] = adapter.UseRslora ? "true" : "";
        }

        return new RunIdentity(essentials, settings);
    }

    /// <summary>
    /// Writes what an earlier version saved as this version does: options by the names of their groups, and the fingerprint of a model that is
    /// the one it stands for.
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
    /// <returns>The settings that differ, in words.</returns>
    /// <exception cref="InvalidOperationException">An essential differs; the message names it.</exception>
    public IReadOnlyList<string> Compare(RunIdentity saved, string checkpoint)
    {
        var wrong = Differences(saved.Essentials, Essentials);
        return wrong.Count == 0 ? Differences(saved.Settings, Settings) : throw new InvalidOperationException(
            $"The checkpoint '{checkpoint}' is of another run: {string.Join("; ", wrong)}. Resume with the same model, data and options, "
            + "or start again in another output folder.");
    }

    private static SortedDictionary<string, string> Compared(AsftOptions options, Comparison comparison) =>
        new(OptionFact.Of(options).Where(fact => fact.Scope.Resume == comparison).ToDictionary(fact => fact.Path, fact => fact.Text), StringComparer.Ordinal);

    private static SortedDictionary<string, string> WithGroups(SortedDictionary<string, string> saved) =>
        new(saved.ToDictionary(item => PathOf(item.Key), item => item.Value), StringComparer.Ordinal);

    private static string PathOf(string name) =>
        Array.Find(Defaults, fact => fact.Scope.FormerName == name || fact.Property.Name == name)?.Path is { } path && !name.Contains('.', StringComparison.Ordinal)
            ? path : name;

    // An option that the earlier version did not have matters only where it is not at its default.
    private static List<string> Differences(SortedDictionary<string, string> saved, SortedDictionary<string, string> now) =>
    [
        .. now.Where(item => saved.TryGetValue(item.Key, out string? value) && value != item.Value).Select(item =>
        {
            string[] shown = DifferingText.Of(saved[item.Key], item.Value);
            return $"{item.Key} was {shown[0]} and is {shown[1]}";
        }),
        .. now.Where(item => !saved.ContainsKey(item.Key) && Array.Find(Defaults, fact => fact.Path == item.Key)?.Text != item.Value)
            .Select(item => $"{item.Key} was not recorded and is {DifferingText.Of(item.Value)[0]}"),
        .. saved.Where(item => !now.ContainsKey(item.Key)).Select(item => $"{item.Key} was {DifferingText.Of(item.Value)[0]} and is not known to this version"),
    ];

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
