using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>Processes long vectors a slice at a time, so that intermediate results are small and stay in the cache.</summary>
internal static class VectorSlices
{
    private const long Length = 1 << 20;

    /// <summary>Calls <paramref name="work"/> with views of the same slice of every vector.</summary>
    public static void ForEach(Tensor[] vectors, Action<Tensor[]> work)
    {
        long total = vectors[0].numel();
        for (long start = 0; start < total; start += Length)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(Length, total - start);
            work([.. vectors.Select(vector => vector.narrow(0, start, count))]);
        }
    }
}
