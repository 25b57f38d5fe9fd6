
using System.Text.Json;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Training.Optimization;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>Runs that one worker and several make, for their numbers to be compared.</summary>
internal static class EqualityCases
{
    private const int Steps = 10;

    /// <summary>Gets how each is configured, by its name.</summary>
    public static IReadOnlyDictionary<string, Action<AsftOptions>> All { get; } = Make();

    /// <summary>Whether so many workers run a case: two and three run all, more only those that divide something among them.</summary>
    public static bool IsFor(string name, int workers) => workers < 4
        || name.Contains("divided", StringComparison.Ordinal) || name.Contains("row", StringComparison.Ordinal);

    /// <summary>Runs those that are for the workers.</summary>
    /// <param name="model">The model's folder.</param>
    /// <param name="workers">Who trains together; none for this process alone.</param>
    public static Dictionary<string, Numbers> Run(string model, IWorkerGroup? workers) =>
        All.Where(item => IsFor(item.Key, workers?.Size ?? 1)).ToDictionary(item => item.Key, item => Run(() => Options(model, workers, item.Value)));

    private static Numbers Run(Func<AsftOptions> options)
    {
        var mlContext = new MLContext(seed: 1);
        float[] gradient = FirstGradient.Of(options(), Examples(), dropout: 0.3);
        using var fitted = mlContext.Transforms.AsftFineTune(options()).Fit(mlContext.Data.LoadFromEnumerable(TrainingRow.Some));
        return new Numbers(
            gradient, [.. fitted.History.Select(step => step.Loss)], [.. fitted.Validations.Select(measured => measured.Loss)],
            [.. fitted.History.Select(step => step.TokenAccuracy * step.LabelledTokens)], TrainedBytes.HashOf(fitted));
    }

    private static AsftOptions Options(string model, IWorkerGroup? workers, Action<AsftOptions> configure)
    {
        var options = new AsftOptions
        {
            ModelPath = model,
            Template = "plain",
            LearningRate = 2e-3,
            MaxSteps = Steps,
            BatchSize = 2,
            Batches = { GlobalBatchSize = 6 },
            Lora = new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0.3 },
            Validation = { Fraction = 0.2, EverySteps = 5 },
            Data = { WeightColumnName = "weight" },
            Runtime = { Workers = workers, Precision = ModelPrecision.Float32 },
        };
        configure(options);
        return options;
    }

    // Of unequal lengths, so that rows cannot be divided evenly.
    private static EncodedExample[] Examples() => [.. Enumerable.Range(0, 12).Select(i =>
    {
        int[] ids = [.. Enumerable.Range(0, 4 + (i * i % 23)).Select(t => ((i * 31) + (t * 7)) % 250)];
        return new EncodedExample(ids, [.. ids.Select((id, t) => t < 2 ? EncodedExample.IgnoreIndex : id)]) { Weight = 1 + (i % 3) };
    })];

    private static Dictionary<string, Action<AsftOptions>> Make()
    {
        var cases = new Dictionary<string, Action<AsftOptions>>();
        foreach (bool lora in new[] { true, false })
        {
            foreach (var objective in Enum.GetValues<AsftObjective>())
            {
                bool isAnchored = objective is AsftObjective.Asft or AsftObjective.SftKl;
                ReferenceStrategy[] references = !isAnchored ? [ReferenceStrategy.Auto] : lora
                    ? [ReferenceStrategy.AdapterOff, ReferenceStrategy.Frozen, ReferenceStrategy.Cached]
                    : [ReferenceStrategy.Frozen, ReferenceStrategy.Cached];
                foreach (var reference in references)
                {
                    cases.Add($"{(lora ? "LoRA" : "full")} {objective} {reference}", options =>
                    {
                        options.Lora = lora ? options.Lora : null;
                        (options.Objective, options.Reference.Strategy) = (objective, reference);
                    });
                }
            }
        }

        foreach (var sharding in new[] { WorkerSharding.Optimizer, WorkerSharding.Parameters })
        {
            cases.Add($"full Asft Cached, divided: {sharding}", options => (options.Lora, options.Runtime.Sharding) = (null, sharding));
        }

        cases.Add("divided, some modules frozen, clipping, fewer rows than workers", options =>
        {
            (options.Lora, options.Runtime.Sharding, options.BatchSize, options.Batches.GlobalBatchSize) = (null, WorkerSharding.Parameters, 1, 2);
            (options.FrozenModules, options.Optimizer.MaxGradNorm) = (["embed_tokens", "layers.0"], 0.1);
        });
        cases.Add("fewer rows than workers", options => (options.BatchSize, options.Batches.GlobalBatchSize) = (1, 2));
        cases.Add("one row, again and again", options => (options.BatchSize, options.Batches.GlobalBatchSize) = (1, 1));
        cases.Add("reverse KL, packing, clipping", options =>
            (options.Loss.KlDirection, options.Batches.Packing, options.Optimizer.MaxGradNorm, options.Optimizer.WeightDecay) = (KlDirection.Reverse, true, 0.1, 0.1));
        // Where autograd runs the model.
        cases.Add("DoRA", options => options.Lora!.UseDora = true);
        cases.Add("DoRA, packing, gradient checkpointing", options =>
            (options.Lora!.UseDora, options.Batches.Packing, options.Runtime.GradientCheckpointing) = (true, true, true));
        cases.Add("noise on embeddings", options => options.NeftuneAlpha = 5);
        cases.Add("noise on embeddings, full, divided", options =>
            (options.Lora, options.NeftuneAlpha, options.Runtime.GradientCheckpointing, options.Runtime.Sharding) = (null, 5, true, WorkerSharding.Parameters));
        return cases;
    }

    /// <summary>What a run came to.</summary>
    public sealed record Numbers(float[] FirstGradient, double[] Losses, double[] Validations, double[] Correct, string Weights)
    {
        public static Dictionary<string, Numbers> Read(string path) => JsonSerializer.Deserialize<Dictionary<string, Numbers>>(File.ReadAllText(path))!;

        public static void Write(string path, Dictionary<string, Numbers> numbers) => File.WriteAllText(path, JsonSerializer.Serialize(numbers));
    }
}
