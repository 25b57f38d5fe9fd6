using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Estimation;

/// <summary>Estimates the memory and the time of a run on the CPU.</summary>
internal static class RunEstimator
{
    // What a process takes that has loaded libtorch, compiled its products and trained a model of next to no size.
    private const long ProcessBytes = 230L << 20;

    /// <summary>Says whether a run is one that the estimate is for.</summary>
    public static bool Supports(AsftOptions options) =>
        options.Runtime.Device is null or "cpu" && options.NeftuneAlpha == 0 && options.AdapterPath is null && options.Lora is not { UseDora: true }
        && options.Runtime.Workers is null && options.FrozenModules.Count == 0;

    /// <summary>Estimates.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="shape">How much data goes through it.</param>
    public static RunEstimate Estimate(ModelConfig config, AsftOptions options, RunShape shape)
    {
        var timing = StepTiming.Measure(config, options, (int)Math.Ceiling(shape.TokensPerRow));
        var (parameters, trained, keptWidth) = Sizes(config, options);
        int element = options.Runtime.Precision == ModelPrecision.BFloat16 ? 2 : 4;
        bool isFull = options.Lora is null;
        long stepRows = options.Batches.GlobalBatchSize ?? options.BatchSize;
        long? steps = options.MaxSteps ?? (shape.Rows is { } rows ? (rows + stepRows - 1) / stepRows * options.Epochs : (long?)null);
        bool needsReference = (options.Loss.TokenObjective ?? AnchoredObjective.For(options)).NeedsReference;
        bool isRepeated = shape.Rows is null ? options.Epochs > 1 : steps > (shape.Rows + stepRows - 1) / stepRows;
        bool isCached = needsReference && (options.Reference.Strategy == ReferenceStrategy.Cached
            || (options.Reference.Strategy == ReferenceStrategy.Auto && (isRepeated || isFull)));

        double tokens = stepRows * shape.TokensPerRow;
        double pass = timing.Reference.Base + (config.NumHiddenLayers * timing.Reference.Layer);
        double step = (tokens * (timing.Batch.Base + (config.NumHiddenLayers * timing.Batch.Layer))) + (stepRows * shape.LabelsPerRow * timing.Label)
            + (trained * timing.Update) + (needsReference && !isCached ? tokens * pass : 0);
        double referenceSeconds = isCached && shape.Rows is { } all ? all * shape.TokensPerRow * pass : 0;

        long weights = parameters * element;
        long optimizer = OptimizerBytes(trained, element, isFull, options.Optimizer);
        long batch = BatchBytes(config, options, shape, keptWidth, element);
        long reference = isCached && options.Reference.CachePath is null && shape.Rows is { } cached
            ? (long)(cached * shape.LabelsPerRow * config.HiddenSize * element) : 0;
        bool hasSecondModel = needsReference && !isCached && (isFull || options.Reference.Strategy == ReferenceStrategy.Frozen);
        return new RunEstimate
        {
            PeakMemoryBytes = ProcessBytes + weights + optimizer + batch + reference + (hasSecondModel ? weights : 0),
            WeightBytes = weights,
            OptimizerBytes = optimizer,
            BatchBytes = batch,
            ReferenceBytes = reference,
            Parameters = parameters,
            TrainedParameters = trained,
            TokensPerStep = tokens,
            SecondsPerStep = step,
            Steps = steps,
            Seconds = steps is { } count ? (count * step) + referenceSeconds : null,
        };
    }

    // A model of one layer and one of two tell what a layer has.
    private static (long Parameters, long Trained, long KeptWidth) Sizes(ModelConfig config, AsftOptions options)
    {
        const int Vocabulary = 64;
        using var one = new MiniatureModel(config, options, 1, Vocabulary);
        using var two = new MiniatureModel(config, options, 2, Vocabulary);
        long vocabulary = (long)(config.VocabSize - Vocabulary) * config.HiddenSize * (config.TieWordEmbeddings ? 1 : 2);
        long All(long ofOne, long ofTwo) => ofOne + ((config.NumHiddenLayers - 1) * (ofTwo - ofOne));
        bool isFull = options.Lora is null;
        return (
            All(one.Parameters, two.Parameters) + vocabulary,
            All(one.TrainedParameters, two.TrainedParameters) + (isFull ? vocabulary : 0), one.KeptWidth);
    }

    // In float32: the gradient and the optimizer's moments; the values, where the model does not hold them in float32 itself; and adapters beside the model.
    private static long OptimizerBytes(long trained, int element, bool isFull, OptimizerOptions optimizer)
    {
        int moments = optimizer.Algorithm == OptimizerAlgorithm.Lion ? 1 : 2;
        int values = isFull && element == 4 ? 0 : 1;
        return trained * sizeof(float) * (1 + moments + values);
    }

    private static long BatchBytes(ModelConfig config, AsftOptions options, RunShape shape, long keptWidth, int element)
    {
        long tokens = shape.LargestBatchTokens;
        long keptLayers = options.Runtime.GradientCheckpointing ? 1 : config.NumHiddenLayers + 1;     // one more for the pass of the reference
        long queries = (long)config.NumAttentionHeads * config.HeadDim;
        long keys = (long)config.NumKeyValueHeads * config.HeadDim;
        bool trainsDown = options.Lora is not { } lora || lora.TargetPattern is not null || lora.TargetModules.Contains("down_proj");
        long scratch = (3 * queries) + (4 * keys) + (2 * (long)config.HiddenSize) + ((trainsDown ? 2 : 1) * (long)config.IntermediateSize);
        long body = tokens * element * ((keptLayers * keptWidth) + ((config.NumHiddenLayers + 1) * (long)config.HiddenSize) + scratch);
        long logits = Math.Min(AnchoredHead.DefaultMemoryBudget, shape.LargestBatchLabels * 2 * config.VocabSize * element);
        return body + logits + (4 * shape.LargestBatchLabels * config.HiddenSize * element);
    }
}
