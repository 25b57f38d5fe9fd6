using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// Processes long vectors a slice at a time, so that intermediate results are small and, on the CPU, stay in the cache. A GPU gets larger slices,
/// for which a launch of a kernel costs nothing. They are still so short that 32 bits count their elements, as some kernels do.
/// </summary>
internal static class VectorSlices
{
    private const long LengthOnCpu = 1 << 20;
    private const long LengthOnGpu = 1 << 26;

    /// <summary>Calls <paramref name="work"/> with views of the same slice of every vector.</summary>
    public static void ForEach(Tensor[] vectors, Action<Tensor[]> work)
    {
        long total = vectors[0].numel();
        long length = vectors[0].device_type == TorchSharp.DeviceType.CPU ? LengthOnCpu : LengthOnGpu;
        for (long start = 0; start < total; start += length)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(length, total - start);
            work([.. vectors.Select(vector => vector.narrow(0, start, count))]);
        }
    }
}
