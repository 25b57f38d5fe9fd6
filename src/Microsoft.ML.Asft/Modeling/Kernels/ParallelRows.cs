using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>Divides the rows of a kernel among as many threads as libtorch uses.</summary>
/// <remarks>
/// It uses the thread pool, whose threads sleep when there is nothing to do. The threads of <see cref="ProcessorTeam"/> start faster because they spin,
/// but between the kernels of a training step they would take cores away from libtorch's products.
/// </remarks>
internal static class ParallelRows
{
    // For fewer numbers than this, waking another thread costs more than it saves.
    private const long WorthwhileWork = 1 << 15;

    // Several parts a thread, so that a thread that starts late still finds work.
    private const int PartsPerThread = 4;

    /// <summary>Runs the body for ranges that together cover the rows 0 to <paramref name="count"/> − 1.</summary>
    /// <param name="count">The number of rows.</param>
    /// <param name="rowLength">The approximate number of numbers that the kernel reads for a row.</param>
    /// <param name="body">Gets the start and the end (exclusive) of a range. Its result for a row must not depend on the range.</param>
    public static void For(long count, long rowLength, Action<long, long> body)
    {
        long parts = Math.Min(count, get_num_threads() > 1 ? get_num_threads() * PartsPerThread : 1);
        parts = Math.Min(parts, count * rowLength / WorthwhileWork);
        if (parts <= 1)
        {
            body(0, count);
            return;
        }

        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, part =>
            body(count * part / parts, count * (part + 1) / parts));
    }
}
