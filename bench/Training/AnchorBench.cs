using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Training;

/// <summary>
/// What the anchor costs a LoRA step: on each batch a step of sft, one of asft with the adapters off for its reference and one with a
/// cached reference, in turns, so that a machine's moods meet all three alike; and, for what no reference can cost less than on this
/// libtorch, the matrix products of its pass alone.
/// </summary>
internal static class AnchorBench
{
    private const int BatchSize = 4;
    private const int Rounds = 3;

    /// <param name="model">A model folder.</param>
    /// <param name="encoded">Rows as <c>asft encode</c> writes them.</param>
    public static void Run(string model, string encoded)
    {
        EncodedExample[] examples = [.. File.ReadLines(encoded).Select(Read)];
        var options = new AsftOptions { ModelPath = model, Runtime = { Precision = ModelPrecision.BFloat16 }, BatchSize = BatchSize, Batches = { Order = BatchOrder.Sequential } };
        var loaded = LoadedModel.From(options, given: null, CPU);
        using var owned = loaded.Model;
        loaded = loaded with
        {
            Adapters = AdapterSet.AddNew(
                loaded.Model, new AdapterConfig { R = 8, LoraAlpha = 16, LoraDropout = 0, TargetModules = ["q_proj", "v_proj"] }, seed: 1),
        };
        using var runner = BatchRunner.For(loaded.Model, options);
        using var parameters = ParameterStore.For(loaded, [.. TrainedParameters.Of(loaded, [])], options);
        using var updater = new ParameterUpdater(parameters, new());
        using var adaptersOff = new AdapterOffReference(loaded.Model, runner);
        using var cached = CachedReference.Fill(
            adaptersOff, loaded.Model, [examples], HiddenStateStore.InMemory(
                examples.Sum(example => (long)TrainingBatch.LabelCount(example)), loaded.Model.HeadWeight.shape[1] * loaded.Model.HeadWeight.ElementSize),
            headIsTrained: false, options);
        var plan = new BatchPlan(examples.Select(e => e.InputIds.Length), BatchSize, BatchSize, options.Batches.Order, seed: 1);
        AnchoredHead Head(AsftObjective objective) => new(AnchoredObjective.For(objective, options.KlWeight, options.Loss.KlDirection));
        using var sft = Head(AsftObjective.Sft);
        using var asft = Head(AsftObjective.Asft);
        Action<int[][], int> Step(AnchoredHead head, IReferenceModel? reference)
        {
            var trainer = new Trainer(
                loaded.Model, runner, head, reference, parameters, updater, examples, plan, int.MaxValue, options, seed: 1);
            return (batches, step) =>
            {
                trainer.AddGradients(batches, step);
                _ = parameters.GradientNorm();
                updater.Step(1e-4, 1);
            };
        }

        using var products = new ProductsAlone((Decoder)loaded.Model);
        EncodedExample[] Rows(int[][] batches) => [.. batches.SelectMany(rows => rows).Select(row => examples[row])];
        Action<int[][], int>[] steps =
        [
            Step(sft, null), Step(asft, adaptersOff), Step(asft, cached),
            (batches, _) => products.OfLayers(Rows(batches).Sum(TrainingBatch.InputLength)),
            (batches, _) => products.OfHead(Rows(batches).Sum(TrainingBatch.LabelCount)),
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
        Console.WriteLine($"{get_num_threads()} threads, {times.Count} steps of {BatchSize} rows; sft {Quarters(times.Select(t => t[0]))} s");
        Print("asft, adapters off", t => t[1]);
        Print("asft, cached", t => t[2]);
        Print("sft and the products of a pass and the head", t => t[0] + t[3] + t[4]);
        Print("sft and the product with the head", t => t[0] + t[4]);
        void Print(string what, Func<double[], double> time) => Console.WriteLine($"{what} / sft: {Quarters(times.Select(t => time(t) / t[0]))}");
    }

    private static EncodedExample Read(string line)
    {
        var row = JsonNode.Parse(line)!;
        return new EncodedExample(row["input_ids"].Deserialize<int[]>()!, row["labels"].Deserialize<int[]>()!);
    }

    private static string Quarters(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return $"{sorted[sorted.Length / 2]:F3} ({sorted[sorted.Length / 4]:F3} to {sorted[sorted.Length * 3 / 4]:F3})";
    }

    /// <summary>A model's matrix products forward, without anything between them.</summary>
    private sealed class ProductsAlone(Decoder model) : IDisposable
    {
        private readonly Dictionary<(long Width, bool IsOutput), RowBuffer> _memory = [];

        public void OfLayers(int tokens)
        {
            foreach (var (_, layer) in model.AdaptableLayers())
            {
                Multiply(tokens, layer.Weight);
            }
        }

        public void OfHead(int labels)
        {
            // As many rows at a time as the anchored head takes, which has the trained model's logits beside the reference's.
            int chunk = (int)(AnchoredHead.DefaultMemoryBudget / (2 * model.HeadWeight.shape[0] * model.HeadWeight.ElementSize));
            for (int done = 0; done < labels; done += chunk)
            {
                Multiply(Math.Min(chunk, labels - done), model.HeadWeight);
            }
        }

        public void Dispose()
        {
            foreach (var memory in _memory.Values)
            {
                memory.Dispose();
            }
        }

        private void Multiply(int rows, Tensor weight)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            Memory(weight.shape[0], isOutput: true).Rows(rows).addmm_(Memory(weight.shape[1], isOutput: false).Rows(rows), weight.t(), beta: 0);
        }

        private RowBuffer Memory(long width, bool isOutput)
        {
            if (!_memory.TryGetValue((width, isOutput), out var memory))
            {
                _memory[(width, isOutput)] = memory = new RowBuffer(width, model.HeadWeight.dtype);
            }

            return memory;
        }
    }
}
