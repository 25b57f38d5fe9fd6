using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training;

/// <summary>Tells when memory ran out, and what would need less.</summary>
internal static class OutOfMemory
{
    /// <summary>Whether an error says so: .NET's own, or libtorch's, which has no type for it.</summary>
    public static bool IsMeant(Exception error) => error is OutOfMemoryException
        || (error is ExternalException && (error.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)
            || error.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)
            || error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)));

    /// <summary>The error for the user.</summary>
    /// <param name="error">What libtorch said.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="step">The step that it happened in, from 1.</param>
    /// <param name="longest">The length of the longest row, in tokens.</param>
    public static InvalidOperationException Explain(Exception error, AsftOptions options, int step, int longest)
    {
        string[] mends =
        [
            .. options.BatchSize > 1
                ? new[] { $"{nameof(AsftOptions.BatchSize)} {options.BatchSize / 2} with Batches.GlobalBatchSize "
                    + $"{options.Batches.GlobalBatchSize ?? options.BatchSize} (the same result)" } : [],
            .. options.Runtime.GradientCheckpointing ? Array.Empty<string>() : [$"Runtime.GradientCheckpointing (the same result, a third more time)"],
            $"{nameof(AsftOptions.MaxLength)} below {longest}",
            .. options.Runtime.Precision == ModelPrecision.Float32 ? new[] { $"Runtime.Precision {nameof(ModelPrecision.BFloat16)}" } : [],
            .. options.Lora is null && options.AdapterPath is null ? new[] { $"{nameof(AsftOptions.Lora)} instead of every parameter" } : [],
        ];
        return new InvalidOperationException(
            $"There was not enough memory for step {step}, with {options.BatchSize} rows of up to {longest} tokens at once. What needs less: "
            + $"{string.Join("; ", mends)}. ({FirstLine(error.Message)})", error);
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();
}
