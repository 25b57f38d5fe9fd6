using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft;

/// <summary>Holds options against the ranges that their attributes state.</summary>
internal static class OptionsCheck
{
    /// <exception cref="ArgumentException">The first option that is out of its range, and what the range is.</exception>
    public static void Validate(AsftOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options, "");
        Check(options.Generation, $"{nameof(AsftOptions.Generation)}.");
        if (options.Lora is not null)
        {
            Check(options.Lora, $"{nameof(AsftOptions.Lora)}.");
        }

        if (options.GlobalBatchSize is { } global && (global < options.BatchSize || global % options.BatchSize != 0))
        {
            throw new ArgumentException(
                $"GlobalBatchSize is {global}; it must be a multiple of BatchSize, which is {options.BatchSize}.", nameof(options));
        }
    }

    private static void Check(object options, string prefix)
    {
        var results = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
        {
            throw new ArgumentException($"{prefix}{string.Join(", ", results[0].MemberNames)}: {results[0].ErrorMessage}", nameof(options));
        }
    }
}
