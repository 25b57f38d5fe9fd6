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
        string wanted = name == "cuda" && workers.Size > 1 ? $"cuda:{workers.LocalRank}"
            : name ?? (gpu is { } id ? $"cuda:{id}" : "cpu");
        try
        {
            var device = torch.device(wanted);
            if (device.type != DeviceType.CUDA || (cuda.is_available() && device.index < cuda.device_count()))
            {
                return device;
            }
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new ArgumentException($"Device: '{wanted}' is not a device. Write cpu, cuda or cuda:1.", error);
        }
        catch (InvalidOperationException)
        {
            // TorchSharp throws this for a GPU if there is no GPU at all.
        }

        return fallsBack && name is null ? CPU : throw new InvalidOperationException(
            $"There is no GPU for the device '{wanted}'. Set Runtime.Device to cpu, or MLContext.FallbackToCpu.");
    }
}
