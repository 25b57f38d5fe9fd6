using System.Diagnostics;

namespace Microsoft.ML.Asft.Bench;

/// <summary>Times that are compared are taken by turns, so that whatever else the machine does falls on all of them.</summary>
internal static class Timing
{
    public static double Seconds(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>Runs each once to warm up, then all by turns.</summary>
    /// <returns>The seconds of each, run by run.</returns>
    public static double[][] ByTurns(int runs, params Action[] works)
    {
        foreach (var work in works)
        {
            work();
        }

        double[][] seconds = [.. works.Select(_ => new double[runs])];
        for (int run = 0; run < runs; run++)
        {
            for (int i = 0; i < works.Length; i++)
            {
                seconds[i][run] = Seconds(works[i]);
            }
        }

        return seconds;
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public static double Percentile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}
