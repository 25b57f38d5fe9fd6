using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Asft.Training.Optimization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Estimation;

/// <summary>Measured seconds of the parts of a step.</summary>
/// <param name="Batch">Of a forward and a backward pass, a token: apart from layers, and of each layer.</param>
/// <param name="Reference">The same of a forward pass alone.</param>
/// <param name="Label">Of the head, for a label.</param>
/// <param name="Update">Of the optimizer's update, for a trained parameter.</param>
internal sealed record StepTiming((double Base, double Layer) Batch, (double Base, double Layer) Reference, double Label, double Update)
{
    private const int FewLayers = 1;
    private const int MoreLayers = 3;
    private const int HeadLabels = 64;
    private const long MostHeadWeights = 1 << 26;
    private const int UpdatedParameters = 1 << 20;
    private const double SecondsForEach = 0.1;

    /// <summary>Times the parts of a step.</summary>
    /// <param name="config">The model's.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="rowLength">The mean length of a row.</param>
    public static StepTiming Measure(ModelConfig config, AsftOptions options, int rowLength)
    {
        int vocabulary = (int)Math.Min(config.VocabSize, Math.Max(1024, MostHeadWeights / config.HiddenSize));
        var rows = Rows(config, options.BatchSize, rowLength);
        double tokens = rows.Sum(row => row.InputIds.Length - 1);
        using var few = new MiniatureModel(config, options, FewLayers, vocabulary);
        using var more = new MiniatureModel(config, options, MoreLayers, vocabulary);
        using var head = new AnchoredHead(options.Loss.TokenObjective ?? AnchoredObjective.For(options));
        return new StepTiming(
            PerLayer(Time(() => few.ForwardAndBack(rows)) / tokens, Time(() => more.ForwardAndBack(rows)) / tokens),
            PerLayer(Time(() => few.Forward(rows)) / tokens, Time(() => more.Forward(rows)) / tokens),
            Time(() => few.Head(HeadLabels, head)) / HeadLabels * config.VocabSize / vocabulary,
            TimeUpdate(options));
    }

    private static double TimeUpdate(AsftOptions options)
    {
        using var weights = new Parameter(zeros(UpdatedParameters), requires_grad: true);
        using var parameters = new FlatParameters([("weights", weights)], SingleWorker.Instance);
        using var updater = new ParameterUpdater(parameters, options.Optimizer);
        return Time(() => updater.Step(learningRate: 1e-9, gradientScale: 1)) / UpdatedParameters;
    }

    private static (double Base, double Layer) PerLayer(double few, double more)
    {
        double layer = Math.Max(0, more - few) / (MoreLayers - FewLayers);
        return (Math.Max(0, few - (FewLayers * layer)), layer);
    }

    // As many rows as a batch has, or fewer where a layer is so large that they would take too long.
    private static EncodedExample[] Rows(ModelConfig config, int batchSize, int length)
    {
        const double Work = 2e10;
        double perToken = 6.0 * MoreLayers * config.HiddenSize * ((3.0 * config.IntermediateSize) + (2.0 * config.NumAttentionHeads * config.HeadDim));
        int tokens = (int)Math.Min(Math.Max(64, Work / perToken), (double)batchSize * length);
        int rowLength = Math.Min(length, tokens);
        int[] ids = new int[rowLength + 1];
        return [.. Enumerable.Range(0, Math.Max(1, tokens / rowLength)).Select(_ => new EncodedExample(ids, ids))];
    }

    // Processor time by the number of threads, which other work on the machine disturbs little. The first run, in which the runtime and libtorch still compile, is
    // left out.
    private static double Time(Action action)
    {
        action();
        var started = Environment.CpuUsage.TotalTime;
        int runs = 0;
        double seconds;
        do
        {
            action();
            runs++;
            seconds = (Environment.CpuUsage.TotalTime - started).TotalSeconds;
        }
        while (seconds < SecondsForEach);
        return seconds / runs / get_num_threads();
    }
}
