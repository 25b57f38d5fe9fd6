using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>Divides the rows of a kernel among as many threads as libtorch uses.</summary>
/// <remarks>
/// The thread pool's threads sleep when there is nothing to do. <see cref="ProcessorTeam"/>'s, which wait awake, are quicker to start
/// but took the cores from libtorch's products between the kernels of a training step.
/// </remarks>
internal static class Rows
{
    // Below this many numbers, waking another thread costs more than it saves.
    private const long WorthwhileWork = 1 << 15;

    // Threads that come late find something left to do.
    private const int PartsPerThread = 4;

    /// <summary>Runs the body over ranges that together are 0 to <paramref name="count"/>.</summary>
    /// <param name="count">The number of rows.</param>
    /// <param name="rowLength">Roughly how many numbers a row makes the kernel visit.</param>
    /// <param name="body">Gets a range's start and end. What it computes for a row must not depend on the range.</param>
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
