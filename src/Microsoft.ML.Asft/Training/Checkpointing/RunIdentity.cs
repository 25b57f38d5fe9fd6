using System.Globalization;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>What a run is made of, as far as its numbers depend on it, by the names of the options.</summary>
/// <param name="Essentials">What must be the same to go on from a checkpoint: its weights or its place in the data mean nothing otherwise.</param>
/// <param name="Settings">What may change, though the run is then no longer the one that was begun.</param>
internal sealed record RunIdentity(SortedDictionary<string, string> Essentials, SortedDictionary<string, string> Settings)
{
    /// <summary>What the names and shapes of the trained parameters are called here.</summary>
    public const string Parameters = "the trained parameters";

    private const string Model = "the model";

    public static RunIdentity Of(
        AsftOptions options, LoadedModel loaded, string layout, IReadOnlyList<EncodedExample> examples, int seed, int totalSteps)
    {
        var lora = loaded.Adapters?.Config;
        return new RunIdentity(
            new(StringComparer.Ordinal)
            {
                [Model] = loaded.Fingerprint ?? "made in code",
                [Parameters] = layout,
                ["the training data"] = EncodedExample.HashOf(examples),
                [nameof(AsftOptions.BatchSize)] = Text(options.BatchSize),
                [nameof(AsftOptions.GlobalBatchSize)] = Text(options.GlobalBatchSize ?? options.BatchSize),
                [nameof(AsftOptions.Order)] = Text(options.Order),
                [nameof(AsftOptions.Precision)] = Text(options.Precision),
                [nameof(AsftOptions.Seed)] = Text(seed),
            },
            new(StringComparer.Ordinal)
            {
                ["the number of steps"] = Text(totalSteps),
                ["the number of workers"] = Text(options.WorkerGroup.Size),
                [nameof(AsftOptions.Objective)] = options.TokenObjective?.GetType().FullName ?? Text(options.Objective),
                [nameof(AsftOptions.KlWeight)] = Text(options.KlWeight),
                [nameof(AsftOptions.KlDirection)] = Text(options.KlDirection),
                [nameof(AsftOptions.WeightExponent)] = options.WeightExponent is { } exponent ? Text(exponent) : "",
                [nameof(AsftOptions.WarmStartSteps)] = options.WarmStartSteps > 0 ? Text(options.WarmStartSteps) : "",
                [nameof(AsftOptions.LearningRate)] = Text(options.LearningRate),
                [nameof(AsftOptions.Schedule)] = Text(options.Schedule),
                [nameof(AsftOptions.WarmupRatio)] = Text(options.WarmupRatio),
                [nameof(AsftOptions.WarmupSteps)] = options.WarmupSteps is { } warmup ? Text(warmup) : "",
                [nameof(AsftOptions.WeightDecay)] = Text(options.WeightDecay),
                [nameof(AsftOptions.AdamBeta1)] = Text(options.AdamBeta1),
                [nameof(AsftOptions.AdamBeta2)] = Text(options.AdamBeta2),
                [nameof(AsftOptions.AdamEpsilon)] = Text(options.AdamEpsilon),
                [nameof(AsftOptions.MaxGradNorm)] = Text(options.MaxGradNorm),
                [nameof(AsftOptions.NeftuneAlpha)] = Text(options.NeftuneAlpha),
                [nameof(AsftOptions.Packing)] = options.Packing ? "yes" : "",
                ["Lora.Alpha"] = Text(lora?.LoraAlpha ?? 0),
                ["Lora.Dropout"] = Text(lora?.LoraDropout ?? 0),
            });
    }

    /// <summary>Writes a fingerprint of an earlier version as this version does, where the model is the one that it stands for.</summary>
    public RunIdentity WithFingerprintOf(LoadedModel loaded)
    {
        if (loaded is { Folder: { } folder, Fingerprint: { } fingerprint } && Essentials.TryGetValue(Model, out string? saved)
            && Fingerprint.IsOlder(saved) && Fingerprint.Matches(folder, saved))
        {
            return this with { Essentials = new(Essentials, StringComparer.Ordinal) { [Model] = fingerprint } };
        }

        return this;
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

    private static List<string> Differences(SortedDictionary<string, string> saved, SortedDictionary<string, string> now) =>
    [
        .. now.Where(item => saved.TryGetValue(item.Key, out string? value) && value != item.Value).Select(item =>
        {
            string[] shown = DifferingText.Of(saved[item.Key], item.Value);
            return $"{item.Key} was {shown[0]} and is {shown[1]}";
        }),
        .. now.Where(item => !saved.ContainsKey(item.Key)).Select(item => $"{item.Key} was not recorded and is {DifferingText.Of(item.Value)[0]}"),
        .. saved.Where(item => !now.ContainsKey(item.Key)).Select(item => $"{item.Key} was {DifferingText.Of(item.Value)[0]} and is not known to this version"),
    ];

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
