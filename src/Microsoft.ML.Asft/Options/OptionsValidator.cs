
using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Objectives;

namespace Microsoft.ML.Asft.Options;

/// <summary>Holds options against the ranges that their attributes state.</summary>
internal static class OptionsValidator
{
    /// <exception cref="ArgumentException">The first option that is out of its range, and what the range is.</exception>
    public static void Validate(AsftOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options, "");
        foreach (var group in typeof(AsftOptions).GetProperties().Where(OptionFact.IsGroup))
        {
            if (group.GetValue(options) is { } value)
            {
                Check(value, $"{group.Name}.");
            }
        }

        Check(options.Generation, $"{nameof(AsftOptions.Generation)}.");
        CheckWeights(options);
        if (options.Validation is { Data: not null, Fraction: > 0 })
        {
            throw new ArgumentException("Validation.Data and Validation.Fraction are both set; leave one of them out.", nameof(options));
        }

        if (options.Validation.RestoreBest && options.OutputFolder is null)
        {
            throw new ArgumentException("Validation.RestoreBest needs an OutputFolder, where the best checkpoint is kept.", nameof(options));
        }

        if (options.Checkpoints.Resume && options.OutputFolder is null)
        {
            throw new ArgumentException("Checkpoints.Resume needs the OutputFolder of the run to go on with.", nameof(options));
        }

        if (options.FrozenModules.Count > 0 && (options.Lora is not null || options.AdapterPath is not null))
        {
            throw new ArgumentException(
                "FrozenModules is for training every parameter, and adapters leave all of them as they are; set Lora to null, or name no modules.",
                nameof(options));
        }

        if (options.Runtime.Sharding != WorkerSharding.None && (options.Lora is not null || options.AdapterPath is not null))
        {
            throw new ArgumentException(
                "Runtime.Sharding is for training every parameter: adapters are small enough for every worker to have them. Set Lora to null, or leave Runtime.Sharding out.",
                nameof(options));
        }

        if (options.Batches.GlobalBatchSize is { } global && (global < options.BatchSize || global % options.BatchSize != 0))
        {
            throw new ArgumentException(
                $"Batches.GlobalBatchSize is {global}; it must be a multiple of BatchSize, which is {options.BatchSize}.", nameof(options));
        }
    }

    private static void CheckWeights(AsftOptions options)
    {
        var loss = options.Loss;
        if (loss.TokenObjective is not null && ((loss.WeightExponent ?? loss.WeightClipMin ?? loss.WeightClipMax) is not null || loss.WarmStartSteps > 0))
        {
            throw new ArgumentException(
                "Loss.WeightExponent, WeightClipMin, WeightClipMax and WarmStartSteps are for the built-in objectives. Leave them out, or let your "
                + "TokenObjective weigh tokens itself and override AtStep.", nameof(options));
        }

        if (loss.TokenObjective is null && AnchoredObjective.For(options).WeightRange is var (minimum, maximum) && minimum > maximum)
        {
            throw new ArgumentException(
                $"Loss.WeightClipMin is {minimum}, above Loss.WeightClipMax, which is {maximum}{(loss.WeightClipMax is null ? " for this objective unless you set it" : "")}. "
                + "Lower the one or raise the other.", nameof(options));
        }
    }

    /// <exception cref="ArgumentException">The first property that is out of its range, and what the range is.</exception>
    public static void Check(object options, string prefix)
    {
        var results = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
        {
            throw new ArgumentException($"{prefix}{string.Join(", ", results[0].MemberNames)}: {results[0].ErrorMessage}", nameof(options));
        }
    }
}
