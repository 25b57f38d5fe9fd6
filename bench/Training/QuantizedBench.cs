using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>A step of asft over int8 and nf4 weights against one over bfloat16 weights, all computed in bfloat16, in turns on the same batches.</summary>
internal static class QuantizedBench
{
    private const int Rounds = 5;

    /// <param name="model">A model folder.</param>
    /// <param name="encoded">Rows as <c>asft encode</c> writes them.</param>
    public static void Run(string model, string encoded)
    {
        WeightQuantization[] formats = [WeightQuantization.None, WeightQuantization.Int8, WeightQuantization.Nf4];
        LoraSteps[] cases = [.. formats.Select(format => new LoraSteps(model, encoded, ModelPrecision.BFloat16, format))];
        int[][][] batches = [.. cases[0].Plan.Epoch(0)];
        var ratios = formats.Select(_ => new List<(double Elapsed, double Processor)>()).ToArray();
        for (int number = 0; number < (1 + Rounds) * batches.Length; number++)
        {
            var times = new (double Elapsed, double Processor)[cases.Length];
            for (int turn = 0; turn < cases.Length; turn++)
            {
                int which = (number + turn) % cases.Length;
                var (used, started) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
                cases[which].FirstEpoch(batches[number % batches.Length], number);
                times[which] = (Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
            }

            for (int i = 0; i < cases.Length && number >= batches.Length; i++)   // in the first round oneDNN and the runtime compile
            {
                ratios[i].Add((times[0].Elapsed / times[i].Elapsed, times[0].Processor / times[i].Processor));
            }
        }

        foreach (var steps in cases)
        {
            steps.Dispose();
        }

        // The speed against bfloat16: lower quartile, median, upper quartile.
        double[] Quarters(IEnumerable<double> values)
        {
            double[] sorted = [.. values.Order()];
            return [.. new[] { 1, 2, 3 }.Select(quarter => Math.Round(sorted[sorted.Length * quarter / 4], 3))];
        }

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            threads = get_num_threads(),
            steps = ratios[0].Count,
            by_elapsed_time = formats.Skip(1).Zip(ratios.Skip(1)).ToDictionary(pair => pair.First.ToString(), pair => Quarters(pair.Second.Select(ratio => ratio.Elapsed))),
            by_processor_time = formats.Skip(1).Zip(ratios.Skip(1)).ToDictionary(pair => pair.First.ToString(), pair => Quarters(pair.Second.Select(ratio => ratio.Processor))),
        }));
    }
}
