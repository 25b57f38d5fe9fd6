using System.Diagnostics;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>
/// What the anchor costs a LoRA step: on each batch a step of sft, one of asft with the adapters off for its reference and one with a
/// cached reference, in turns, so that a machine's moods meet all three alike; and, for what no reference can cost less than on this
/// libtorch, the matrix products of its pass alone.
/// </summary>
internal static class AnchorBench
{
    private const int Rounds = 3;

    /// <param name="model">A model folder.</param>
    /// <param name="encoded">Rows as <c>asft encode</c> writes them.</param>
    public static void Run(string model, string encoded)
    {
        using var steps = new LoraSteps(model, encoded, ModelPrecision.BFloat16);
        using var products = new ProductsAlone(steps.Model);
        Action<int[][], int>[] cases =
        [
            steps.Sft, steps.FirstEpoch, steps.LaterEpoch,
            (batches, _) => products.OfLayers(steps.Rows(batches).Sum(TrainingBatch.InputLength)),
            (batches, _) => products.OfHead(steps.Rows(batches).Sum(TrainingBatch.LabelCount)),
        ];
        var times = new List<double[]>();
        foreach (var (number, batches) in steps.Plan.From(0).Take((1 + Rounds) * steps.Plan.StepsPerEpoch).Index())
        {
            double[] time = new double[cases.Length];
            for (int turn = 0; turn < cases.Length; turn++)
            {
                int which = (number + turn) % cases.Length;
                long started = Stopwatch.GetTimestamp();
                cases[which](batches, number);
                time[which] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            }

            times.Add(time);
        }

        // The first round has oneDNN and the runtime compile what the others use.
        times.RemoveRange(0, steps.Plan.StepsPerEpoch);
        Console.WriteLine($"{get_num_threads()} threads, {times.Count} steps; sft {Quarters(times.Select(t => t[0]))} s");
        Print("asft, adapters off", t => t[1]);
        Print("asft, cached", t => t[2]);
        Print("sft and the products of a pass and the head", t => t[0] + t[3] + t[4]);
        Print("sft and the product with the head", t => t[0] + t[4]);
        void Print(string what, Func<double[], double> time) => Console.WriteLine($"{what} / sft: {Quarters(times.Select(t => time(t) / t[0]))}");
    }

    private static string Quarters(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return $"{sorted[sorted.Length / 2]:F3} ({sorted[sorted.Length / 4]:F3} to {sorted[sorted.Length * 3 / 4]:F3})";
    }
}
