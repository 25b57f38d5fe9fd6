using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>
/// The share of a step's time that its matrix products would take at the rate that products of their shapes have alone. Steps of asft and
/// the products of the same batch run in turns. It counts the reference's pass, the forward pass and the gradients of inputs, the head for labelled tokens,
/// and of attention the half that a causal mask leaves. It does not count what is computed twice to save memory, or products with the adapters.
/// </summary>
internal static class ShareBench
{
    private const int Rounds = 3;

    /// <param name="model">A model folder.</param>
    /// <param name="encoded">Rows as <c>asft encode</c> writes them.</param>
    /// <param name="precision">The format of weights and products.</param>
    public static void Run(string model, string encoded, ModelPrecision precision)
    {
        using var steps = new LoraSteps(model, encoded, precision);
        using var products = new ProductsAlone(steps.Model);
        int[][][] batches = [.. steps.Plan.Epoch(0)];
        var measured = batches.Select(_ => new List<(double[] Elapsed, double[] Processor)>()).ToArray();
        for (int number = 0; number < (1 + Rounds) * batches.Length; number++)
        {
            int index = number % batches.Length;
            var time = Time(Cases(steps, products, batches[index], number), number);
            if (number >= batches.Length)   // in the first round oneDNN and the runtime compile
            {
                measured[index].Add(time);
            }
        }

        double[] work = [.. batches.Select(batch => Work(steps, batch)).Aggregate((sum, one) => [.. sum.Zip(one, (a, b) => a + b)])];
        double[] best = [.. Enumerable.Range(2, 5).Select(part => measured.Sum(rounds => rounds.Min(time => time.Elapsed[part])))];
        var result = new
        {
            threads = get_num_threads(),
            precision = precision.ToString(),
            steps = measured.Sum(rounds => rounds.Count),
            gigaflops = Names.Zip(work.Zip(best, (flops, seconds) => Math.Round(flops / seconds / 1e9))).ToDictionary(pair => pair.First, pair => pair.Second),
            first_epoch = Shares(0, reference: 1),
            later_epochs = Shares(1, reference: 0),
        };
        Console.WriteLine(JsonSerializer.Serialize(result, new JsonSerializerOptions { WriteIndented = true }));

        // In turns: against the products measured beside the step. At best: against the fastest of all rounds, for products and steps.
        // Of processor time: the same in turns, by the time that the process had a processor, which other work on the machine disturbs less.
        object Shares(int step, int reference)
        {
            double[] inTurns = [.. measured.SelectMany(rounds => rounds).Select(time => ProductsOf(time.Elapsed, reference) / time.Elapsed[step]).Order()];
            double[] processor = [.. measured.SelectMany(rounds => rounds).Select(time => ProductsOf(time.Processor, reference) / time.Processor[step]).Order()];
            double[] fastest = [.. Enumerable.Range(0, 7).Select(part => measured.Sum(rounds => rounds.Min(time => time.Elapsed[part])))];
            return new
            {
                in_turns = Quarters(inTurns),
                of_processor_time = Quarters(processor),
                at_best = Math.Round(ProductsOf(fastest, reference) / fastest[step], 3),
                seconds = Math.Round(fastest[step], 3),
                products = Math.Round(ProductsOf(fastest, reference), 3),
            };
        }
    }

    // Lower quartile, median, upper quartile.
    private static double[] Quarters(double[] sorted) => [.. new[] { 1, 2, 3 }.Select(quarter => Math.Round(sorted[sorted.Length * quarter / 4], 3))];

    private static string[] Names => ["layers", "input gradients", "head", "head's input gradient", "attention"];

    // A pass of attention is two products; its backward pass has four.
    private static double ProductsOf(double[] time, int reference) =>
        ((1 + reference) * time[2]) + time[3] + (2 * time[4]) + time[5] + ((3 + reference) * time[6]);

    private static Action[] Cases(LoraSteps steps, ProductsAlone products, int[][] batch, int number)
    {
        EncodedExample[] rows = steps.Rows(batch);
        var sequences = new TrainingBatch(rows, CPU).Packed().Sequences;
        int labels = rows.Sum(TrainingBatch.LabelCount);
        return
        [
            () => steps.FirstEpoch(batch, number),
            () => steps.LaterEpoch(batch, number),
            () => products.OfLayers(sequences.TokenCount),
            () => products.OfInputGradients(sequences.TokenCount),
            () => products.OfHead(labels),
            () => products.OfHeadGradient(labels),
            () => products.OfAttention(sequences),
        ];
    }

    private static (double[] Elapsed, double[] Processor) Time(Action[] cases, int number)
    {
        var (elapsed, processor) = (new double[cases.Length], new double[cases.Length]);
        for (int turn = 0; turn < cases.Length; turn++)
        {
            int which = (number + turn) % cases.Length;
            var (used, started) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            cases[which]();
            elapsed[which] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            processor[which] = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        }

        return (elapsed, processor);
    }

    // Multiplications and additions of each part.
    private static double[] Work(LoraSteps steps, int[][] batch)
    {
        EncodedExample[] rows = steps.Rows(batch);
        double[] weights = [.. steps.Model.AdaptableLayers().Select(l => (double)l.Layer.Weight.numel())];
        double tokens = rows.Sum(TrainingBatch.InputLength);
        double head = 2.0 * rows.Sum(TrainingBatch.LabelCount) * steps.Model.HeadWeight.numel();
        var config = steps.Model.Config;
        double attention = rows.Sum(row => 2.0 * TrainingBatch.InputLength(row) * (TrainingBatch.InputLength(row) + 1)) * config.NumAttentionHeads * config.HeadDim * config.NumHiddenLayers;
        return [2 * tokens * weights.Sum(), 2 * tokens * weights.Skip(ProductsAlone.UntrainedBelow).Sum(), head, head, attention];
    }
}
