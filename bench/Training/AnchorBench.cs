using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Text;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>
/// What the anchor costs a LoRA step: on each batch a step of sft, one of asft with the adapters off for its reference and one with a
/// cached reference, in turns, so that a machine's moods meet all three alike.
/// </summary>
internal static class AnchorBench
{
    private const int BatchSize = 4;
    private const int Rounds = 3;

    /// <param name="model">A model folder.</param>
    /// <param name="encoded">Rows as <c>asft encode</c> writes them.</param>
    /// <param name="dropout">Of the adapters.</param>
    public static void Run(string model, string encoded, double dropout)
    {
        EncodedExample[] examples = [.. File.ReadLines(encoded).Select(Read)];
        var options = new AsftOptions { ModelPath = model, Precision = ModelPrecision.BFloat16, BatchSize = BatchSize, Order = BatchOrder.Sequential };
        var loaded = LoadedModel.From(options, given: null, CPU);
        using var owned = loaded.Model;
        loaded = loaded with
        {
            Adapters = AdapterSet.AddNew(
                loaded.Model, new AdapterConfig { R = 8, LoraAlpha = 16, LoraDropout = dropout, TargetModules = ["q_proj", "v_proj"] }, seed: 1),
        };
        using var runner = BatchRunner.For(loaded.Model, options);
        using var parameters = ParameterStore.For(loaded, [.. TrainedParameters.Of(loaded, [])], options);
        using var optimizer = new AdamW(parameters, 0.9, 0.999, 1e-8, 0);
        using var adaptersOff = new AdapterOffReference(loaded.Model, runner);
        using var cached = CachedReference.Fill(
            adaptersOff, loaded.Model, [examples], HiddenStateStore.InMemory(
                examples.Sum(example => (long)TrainingBatch.LabelCount(example)), loaded.Model.HeadWeight.shape[1] * loaded.Model.HeadWeight.ElementSize),
            headIsTrained: false, options);
        var plan = new BatchPlan(examples.Select(e => e.InputIds.Length), BatchSize, BatchSize, options.Order, seed: 1);
        Action<int[][], int> Step(AsftObjective objective, IReferenceModel? reference)
        {
            var head = new AnchoredHead(AnchoredObjective.For(objective, options.KlWeight, options.KlDirection));
            var trainer = new Trainer(
                loaded.Model, runner, head, reference, parameters, optimizer, examples, plan, int.MaxValue, options, seed: 1);
            return (batches, step) =>
            {
                trainer.AddGradients(batches, step);
                _ = parameters.GradientNorm();
                optimizer.Step(1e-4, 1);
            };
        }

        Action<int[][], int>[] steps =
        [
            Step(AsftObjective.Sft, null), Step(AsftObjective.Asft, adaptersOff), Step(AsftObjective.Asft, cached),
        ];
        loaded.Model.train();
        var times = new List<double[]>();
        foreach (var (number, batches) in plan.From(0).Take((1 + Rounds) * plan.StepsPerEpoch).Index())
        {
            double[] time = new double[steps.Length];
            for (int turn = 0; turn < steps.Length; turn++)
            {
                int which = (number + turn) % steps.Length;
                long started = Stopwatch.GetTimestamp();
                steps[which](batches, number);
                time[which] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            }

            times.Add(time);
        }

        // The first round has oneDNN and the runtime compile what the others use.
        times.RemoveRange(0, plan.StepsPerEpoch);
        Console.WriteLine($"{get_num_threads()} threads, {times.Count} steps of {BatchSize} rows, dropout {dropout}; sft {Quarters(times.Select(t => t[0]))} s");
        Console.WriteLine($"asft, adapters off / sft: {Quarters(times.Select(t => t[1] / t[0]))}");
        Console.WriteLine($"asft, cached / sft:       {Quarters(times.Select(t => t[2] / t[0]))}");
    }

    private static EncodedExample Read(string line)
    {
        var row = JsonDocument.Parse(line).RootElement;
        int[] Numbers(string name) => [.. row.GetProperty(name).EnumerateArray().Select(number => number.GetInt32())];
        return new EncodedExample(Numbers("input_ids"), Numbers("labels"));
    }

    private static string Quarters(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return $"{sorted[sorted.Length / 2]:F3} ({sorted[sorted.Length / 4]:F3} to {sorted[sorted.Length * 3 / 4]:F3})";
    }
}
