using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;

namespace Microsoft.ML.Asft.Estimation;

/// <summary>Estimates the memory and the time of a run on the CPU.</summary>
internal static class RunEstimator
{
    // The memory of a process that has loaded libtorch, compiled its products and trained a model of next to no size.
    private const long ProcessBytes = 230L << 20;

    // The models that are measured. What a layer adds is the difference between them.
    private const int FewLayers = 1;
    private const int MoreLayers = 3;

    /// <summary>Tells whether a run with these options can be estimated.</summary>
    public static bool Supports(AsftOptions options) =>
        options.Runtime.Device is null or "cpu" && options.NeftuneAlpha == 0 && options.AdapterPath is null && options.Lora is not { UseDora: true }
        && options.Runtime.Workers is null && options.FrozenModules.Count == 0;

    /// <summary>Estimates a run.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="shape">How much data goes through it.</param>
    public static RunEstimate Estimate(ModelConfig config, AsftOptions options, RunShape shape)
    {
        using var few = new MiniatureModel(config, options, FewLayers);
        using var more = new MiniatureModel(config, options, MoreLayers);
        var timing = StepTiming.Measure(few, more, config, options, (int)Math.Ceiling(shape.TokensPerRow), options.BatchSize * shape.LabelsPerRow);
        int element = few.ElementSize;
        bool isFull = options.TrainsEveryParameter;
        long stepRows = options.Batches.GlobalBatchSize ?? options.BatchSize;
        long? steps = shape.Rows is { } count ? BatchPlan.TotalSteps(options, count) : options.MaxSteps;
        bool needsReference = (options.Loss.TokenObjective ?? AnchoredObjective.For(options)).NeedsReference;
        bool isRepeated = shape.Rows is null ? options.Epochs > 1 : (steps - 1) * stepRows >= shape.Rows;
        double rows = shape.Rows ?? 0;
        long cacheBytes = (long)(rows * shape.LabelsPerRow * config.HiddenSize * element);
        bool isCached = needsReference && ReferenceModelFactory.IsCached(options.Reference, cacheBytes, isRepeated, hasAdapters: !isFull);

        long vocabulary = (config.VocabSize - few.Vocabulary) * config.HiddenSize * (config.TieWordEmbeddings ? 1 : 2);     // what the small models lack
        long parameters = OfAllLayers(few.Parameters, more.Parameters) + vocabulary;
        long trained = OfAllLayers(few.TrainedParameters, more.TrainedParameters) + (isFull ? vocabulary : 0);

        double tokens = stepRows * shape.TokensPerRow;
        double step = timing.OfStep(config.NumHiddenLayers, tokens, stepRows * shape.LabelsPerRow, trained, needsReference && !isCached);
        double reference = isCached ? timing.OfReference(config.NumHiddenLayers, rows * shape.TokensPerRow) : 0;

        long weights = OfAllLayers(few.WeightBytes, more.WeightBytes) + (vocabulary * element);
        long optimizer = OptimizerBytes(trained, element, isFull, options.Optimizer);
        long batch = BatchBytes(config, options, shape, few.KeptWidth, element) + few.ExpandedBytes;
        long kept = isCached && options.Reference.CachePath is null ? cacheBytes : 0;
        bool hasSecondModel = needsReference && !isCached && (isFull || options.Reference.Strategy == ReferenceStrategy.Frozen);
        return new RunEstimate
        {
            PeakMemoryBytes = ProcessBytes + weights + optimizer + batch + kept + (hasSecondModel ? weights : 0),
            WeightBytes = weights,
            OptimizerBytes = optimizer,
            BatchBytes = batch,
            ReferenceBytes = kept,
            Parameters = parameters,
            TrainedParameters = trained,
            TokensPerStep = tokens,
            SecondsPerStep = step,
            Steps = steps,
            Seconds = ((steps + 1) * step) + reference,     // a run begins with one more, of the largest batch (Trainer.RunLargestBatch)
        };

        long OfAllLayers(long ofFew, long ofMore) => ofFew + ((config.NumHiddenLayers - FewLayers) * (ofMore - ofFew) / (MoreLayers - FewLayers));
    }

    // Float32 numbers: the gradient, the optimizer's moments, and the values. The values of a float32 model that is trained in full are its weights.
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
