using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training;

/// <summary>Recognises errors of insufficient memory and suggests options that need less.</summary>
internal static class OutOfMemory
{
    /// <summary>Whether an error means that there is not enough memory. libtorch has no exception type for it, so its message is checked.</summary>
    public static bool IsCause(Exception error) => error is OutOfMemoryException
        || (error is ExternalException && (error.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)
            || error.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase)
            || error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Creates the error for the user.</summary>
    /// <param name="error">The original error.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="step">The step in which it happened, from 1.</param>
    /// <param name="longest">The length of the longest row, in tokens.</param>
    public static InvalidOperationException Explain(Exception error, AsftOptions options, int step, int longest)
    {
        string[] remedies =
        [
            .. options.BatchSize > 1
                ? new[] { $"{nameof(AsftOptions.BatchSize)} {options.BatchSize / 2} with Batches.GlobalBatchSize "
                    + $"{options.Batches.GlobalBatchSize ?? options.BatchSize} (the same result)" } : [],
            .. options.Runtime.GradientCheckpointing ? Array.Empty<string>() : [$"Runtime.GradientCheckpointing (the same result, a third more time)"],
            $"{nameof(AsftOptions.MaxLength)} below {longest}",
            .. options.Runtime.Precision == ModelPrecision.Float32 ? new[] { $"Runtime.Precision {nameof(ModelPrecision.BFloat16)}" } : [],
            .. options.Runtime.Quantization == WeightQuantization.None && !options.TrainsEveryParameter ? new[] { $"Runtime.Quantization {nameof(WeightQuantization.Nf4)}" } : [],
            .. options.TrainsEveryParameter ? new[] { $"{nameof(AsftOptions.Lora)} instead of every parameter" } : [],
        ];
        return new InvalidOperationException(
            $"There was not enough memory for step {step}, with {options.BatchSize} rows of up to {longest} tokens at once. These options need less: "
            + $"{string.Join("; ", remedies)}. ({FirstLine(error.Message)})", error);
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();
}
