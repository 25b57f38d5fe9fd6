using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Objectives;

namespace Microsoft.ML.Asft.Options;

/// <summary>Checks options before anything is loaded.</summary>
public static class OptionsValidator
{
    /// <summary>Checks every option's range, and the rules between options.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">An option is wrong. The message names the first one and its valid values.</exception>
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
            throw new ArgumentException("Validation.Data and Validation.Fraction are both set. Leave one of them out.", nameof(options));
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
                "FrozenModules is for training every parameter. Adapters freeze the whole base model anyway. Set Lora to null, or leave FrozenModules empty.",
                nameof(options));
        }

        if (options.Runtime.Sharding != WorkerSharding.None && (options.Lora is not null || options.AdapterPath is not null))
        {
            throw new ArgumentException(
                "Runtime.Sharding is for training every parameter. Adapters are so small that every worker stores all of them. "
                + "Set Lora to null, or leave Runtime.Sharding out.",
                nameof(options));
        }

        CheckQuantization(options);
        if (options.Batches.GlobalBatchSize is { } global && (global < options.BatchSize || global % options.BatchSize != 0))
        {
            throw new ArgumentException(
                $"Batches.GlobalBatchSize is {global}. It must be a multiple of BatchSize, which is {options.BatchSize}.", nameof(options));
        }
    }

    private static void CheckQuantization(AsftOptions options)
    {
        var runtime = options.Runtime;
        if (runtime.DoubleQuantization && runtime.Quantization != WeightQuantization.Nf4)
        {
            throw new ArgumentException(
                $"Runtime.DoubleQuantization quantizes the scales of Nf4, but Runtime.Quantization is {runtime.Quantization}. Set it to Nf4, or leave "
                + "DoubleQuantization out.", nameof(options));
        }

        if (runtime.Quantization != WeightQuantization.None && options.TrainsEveryParameter)
        {
            throw new ArgumentException(
                $"Runtime.Quantization is {runtime.Quantization}, but Lora is null, which trains every parameter. Quantized weights cannot be trained. Set "
                + "Lora, or set Runtime.Quantization to None.", nameof(options));
        }
    }

    private static void CheckWeights(AsftOptions options)
    {
        var loss = options.Loss;
        if (loss.TokenObjective is not null && ((loss.WeightExponent ?? loss.WeightClipMin ?? loss.WeightClipMax) is not null || loss.WarmStartSteps > 0))
        {
            throw new ArgumentException(
                "Loss.WeightExponent, WeightClipMin, WeightClipMax and WarmStartSteps are for the built-in objectives. Leave them out. Your "
                + "TokenObjective can weigh tokens itself, and override AtStep for a warm start.", nameof(options));
        }

        if (loss.TokenObjective is null && AnchoredObjective.For(options).WeightRange is var (minimum, maximum) && minimum > maximum)
        {
            throw new ArgumentException(
                $"Loss.WeightClipMin is {minimum}, above Loss.WeightClipMax, which is {maximum}"
                + $"{(loss.WeightClipMax is null ? " by default for this objective" : "")}. Lower WeightClipMin or raise WeightClipMax.", nameof(options));
        }
    }

    /// <summary>Checks the validation attributes of an object's properties.</summary>
    /// <param name="options">Any options.</param>
    /// <param name="prefix">A prefix for the property's name in messages.</param>
    /// <exception cref="ArgumentException">A property is out of its range. The message names the first one and its range.</exception>
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
