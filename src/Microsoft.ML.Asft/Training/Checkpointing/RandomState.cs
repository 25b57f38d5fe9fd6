using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>
/// What a model made in code draws from: libtorch's own generators, set for each batch from the run's seed, the step and the
/// batch's place in the step. So a run that resumes from a checkpoint draws what it would have drawn.
/// </summary>
internal static class RandomState
{
    public static void Set(int seed, int step, int batch, Device device)
    {
        long mixed = unchecked((long)Mix(Mix(Mix((ulong)(uint)seed) + (uint)step) + (uint)batch));
        using var generator = manual_seed(mixed);
        if (device.type == DeviceType.CUDA)
        {
            cuda.manual_seed_all(mixed);
        }
    }

    // The finalizer of SplitMix64: neighbouring numbers become unlike ones.
    private static ulong Mix(ulong x)
    {
        unchecked
        {
            x += 0x9E3779B97F4A7C15;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
            return x ^ (x >> 31);
        }
    }
}
