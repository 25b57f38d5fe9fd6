using System.Diagnostics;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>The median of several timings, after one that is not counted.</summary>
internal static class Clock
{
    public static double Milliseconds(int rounds, Action work)
    {
        work();
        double[] times =
        [
            .. Enumerable.Range(0, rounds).Select(_ =>
            {
                long started = Stopwatch.GetTimestamp();
                work();
                return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }).Order(),
        ];
        return times[times.Length / 2];
    }
}
