using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Objectives;

namespace Microsoft.ML.Asft.Options;

/// <summary>Checks options before anything is loaded.</summary>
public static class OptionsValidator
{
    /// <summary>Checks every option's range, and the rules between options.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">The first option that is wrong, and what it may be.</exception>
    public static void Validate(AsftOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckRanges(options);
        foreach (var group in typeof(AsftOptions).GetProperties().Where(OptionFact.IsGroup))
        {
            if (group.GetValue(options) is { } value)
            {
                CheckRanges(value, $"{group.Name}.");
            }
        }

        CheckRanges(options.Generation, $"{nameof(AsftOptions.Generation)}.");
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
            throw new ArgumentException("Checkpoints.Resume needs the OutputFolder of the run to resume.", nameof(options));
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

    /// <summary>Checks the ranges that the attributes of an object's properties state.</summary>
    /// <param name="options">Any options.</param>
    /// <param name="prefix">What a message has in front of a property's name.</param>
    /// <exception cref="ArgumentException">The first property that is out of its range, and what the range is.</exception>
    public static void CheckRanges(object options, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(options);
        var results = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
        {
            throw new ArgumentException($"{prefix}{string.Join(", ", results[0].MemberNames)}: {results[0].ErrorMessage}", nameof(options));
        }
    }
}
