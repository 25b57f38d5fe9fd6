using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Checkpointing;
using Microsoft.ML.Asft.Training.Optimization;

namespace Microsoft.ML.Asft.Bench.Gpu;

/// <summary>Training steps of LoRA, rank 8 on queries and values, by the loop that Fit runs.</summary>
internal static class TrainingSpeed
{
    public static object Measure(Decoder model, string rows, AsftObjective objective, int batchSize, int steps, bool checkpointing)
    {
        var options = new AsftOptions
        {
            Objective = objective,
            BatchSize = batchSize,
            MaxSteps = steps,
            Batches = { Order = BatchOrder.Sequential },
            Reference = { Strategy = ReferenceStrategy.AdapterOff },   // what a first epoch costs, and all that the peer does
            Runtime = { GradientCheckpointing = checkpointing },
        };
        var examples = Rows.Read(rows);
        var adapters = AdapterSet.AddNew(
            model, new AdapterConfig { R = 8, LoraAlpha = 16, LoraDropout = 0, TargetModules = ["q_proj", "v_proj"] }, seed: 1);
        using var runner = new AutogradBatchRunner(model, checkpointing);
        using var reference = new AdapterOffReference(model, runner);
        using var parameters = new FlatParameters(adapters.Parameters);
        options.Optimizer.Custom = (values, gradients) => new FusedAdamW(values, gradients, options.Optimizer);   // a GPU's own, also in a dry run
        using var updater = new ParameterUpdater(parameters, options.Optimizer);
        using var head = new AnchoredHead(
            AnchoredObjective.For(options), model.LogitTransform, AnchoredHead.BudgetFor(DeviceMemory.FreeBytes(model.HeadWeight.device)));
        var plan = new BatchPlan(examples.Select(e => e.InputIds.Length), batchSize, null, options.Batches.Order, seed: 1);
        var done = new List<AsftProgress>();
        var trainer = new Trainer(model, runner, head, reference, parameters, updater, examples, plan, steps, options, seed: 1) { PrefetchesBatches = true };
        trainer.Run(new TrainingState(), validator: null, checkpoints: null, done.Add);
        return new
        {
            losses = done.Select(step => step.Loss),
            seconds = done.Select(step => step.Seconds),   // a step ends with its loss on the host, so the device is done
            tokens = done.Select(step => step.Tokens),
            flops = done.Select((_, step) => Work(model.Config, examples.Skip(step * batchSize % examples.Count).Take(batchSize), head.NeedsReference)),
        };
    }

    // Multiplications and additions of a step that cannot be left out: products with the weights, forward for policy and reference and once back for
    // the inputs' gradients (the base weights have none), of the head for labelled tokens only; attention's two products forward and four back, of the
    // keys that a query sees.
    private static double Work(ModelConfig c, IEnumerable<EncodedExample> rows, bool hasReference)
    {
        double passes = hasReference ? 3 : 2;
        double heads = (double)c.NumAttentionHeads * c.HeadDim;
        double layer = (2 * c.HiddenSize * heads) + (2.0 * c.HiddenSize * c.NumKeyValueHeads * c.HeadDim) + (3.0 * c.HiddenSize * c.IntermediateSize);
        double attention = c.NumHiddenLayers * heads * (hasReference ? 4 : 3);
        return rows.Sum(row =>
        {
            double t = row.InputIds.Length;
            double weights = (c.NumHiddenLayers * layer * t) + ((double)c.HiddenSize * c.VocabSize * TrainingBatch.LabelCount(row));
            return (2 * passes * weights) + (2 * attention * t * t);
        });
    }
}
