using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>
/// Seeds libtorch's generators, from which models made in code draw random numbers. The seed of a batch depends on the run's seed, the step and the
/// batch's index in the step. So a resumed run draws the same numbers as a run without a break.
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

    // The finalizer of SplitMix64, which turns similar numbers into very different ones.
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
