using System.Globalization;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Pipeline.MLNetInternals;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// Chooses the device of a model: the one that the options name, otherwise the GPU of the <see cref="MLContext"/>, otherwise the CPU. With several workers
/// each has its own GPU.
/// </summary>
internal static class DeviceChoice
{
    /// <exception cref="ArgumentException">The name is not the name of a device.</exception>
    /// <exception cref="InvalidOperationException">There is no such GPU.</exception>
    /// <exception cref="PlatformNotSupportedException">libtorch cannot be loaded.</exception>
    public static Device Of(IHostEnvironment env, string? name, IWorkerGroup workers)
    {
        TorchLibrary.EnsureLoaded();
        var (gpu, fallsBack) = MLNet.DeviceOf(env);
        string chosen = NameOf(name, gpu, fallsBack, workers, () => cuda.is_available() ? cuda.device_count() : 0);
        try
        {
            return torch.device(chosen);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new ArgumentException(NoDevice(chosen), error);
        }
    }

    /// <summary>Chooses the device by name.</summary>
    /// <param name="name">The name in the options; <see langword="null"/> if they name none.</param>
    /// <param name="gpu">The <c>GpuDeviceId</c> of the <see cref="MLContext"/>.</param>
    /// <param name="fallsBack">Its <c>FallbackToCpu</c>, which only a choice by <paramref name="gpu"/> asks.</param>
    /// <param name="workers">The workers, each of which takes the GPU of its rank on this machine if the options say just "cuda".</param>
    /// <param name="gpuCount">Counts the GPUs that libtorch sees. It is not called for another device.</param>
    internal static string NameOf(string? name, int? gpu, bool fallsBack, IWorkerGroup workers, Func<int> gpuCount)
    {
        string wanted = name == "cuda" && workers.Size > 1 ? $"cuda:{workers.LocalRank}"
            : name ?? (gpu is { } id ? $"cuda:{id}" : "cpu");
        if (!wanted.StartsWith("cuda", StringComparison.Ordinal))
        {
            return wanted;
        }

        int index = 0;
        if (wanted != "cuda" && !(wanted.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(wanted.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index)))
        {
            throw new ArgumentException(NoDevice(wanted));
        }

        int count = gpuCount();
        return index < count ? wanted : fallsBack && name is null ? "cpu" : throw new InvalidOperationException(
            $"There is no GPU for the device '{wanted}'; libtorch sees {count}. Set Runtime.Device to cpu, or MLContext.FallbackToCpu.");
    }

    private static string NoDevice(string name) => $"Device: '{name}' is not a device. Write cpu, cuda or cuda:1.";
}
