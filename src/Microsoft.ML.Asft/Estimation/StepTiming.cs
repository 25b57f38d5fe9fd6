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
/// <param name="Batch">A forward and a backward pass, per token: what does not depend on the number of layers, and what each layer adds.</param>
/// <param name="Reference">The same for a forward pass alone.</param>
/// <param name="Label">The head, per label.</param>
/// <param name="Update">The optimizer's update, per trained parameter.</param>
internal sealed record StepTiming((double Base, double Layer) Batch, (double Base, double Layer) Reference, double Label, double Update)
{
    private const int HeadLabels = 64;
    private const int UpdatedParameters = 1 << 20;
    private const double SecondsForEach = 0.1;

    /// <summary>Times the parts of a step.</summary>
    /// <param name="few">A model with few layers.</param>
    /// <param name="more">The same model with more layers.</param>
    /// <param name="config">The configuration of the model to train.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="rowLength">The mean length of a row.</param>
    public static StepTiming Measure(MiniatureModel few, MiniatureModel more, ModelConfig config, AsftOptions options, int rowLength)
    {
        var rows = Rows(config, more.Layers, options.BatchSize, rowLength);
        double tokens = rows.Sum(row => row.InputIds.Length - 1);
        using var head = new AnchoredHead(options.Loss.TokenObjective ?? AnchoredObjective.For(options));
        return new StepTiming(
            PerToken(model => model.ForwardAndBackward(rows)),
            PerToken(model => model.Forward(rows)),
            Time(() => few.Head(HeadLabels, head)) / HeadLabels * config.VocabSize / few.Vocabulary,
            TimeUpdate(options));

        (double Base, double Layer) PerToken(Action<MiniatureModel> pass)
        {
            double ofFew = Time(() => pass(few)) / tokens;
            double layer = Math.Max(0, (Time(() => pass(more)) / tokens) - ofFew) / (more.Layers - few.Layers);
            return (Math.Max(0, ofFew - (few.Layers * layer)), layer);
        }
    }

    private static double TimeUpdate(AsftOptions options)
    {
        using var weights = new Parameter(zeros(UpdatedParameters), requires_grad: true);
        using var parameters = new FlatParameters([("weights", weights)], SingleWorker.Instance);
        using var updater = new ParameterUpdater(parameters, options.Optimizer);
        return Time(() => updater.Step(learningRate: 1e-9, gradientScale: 1)) / UpdatedParameters;
    }

    // As many rows as a batch has, or fewer if the layers are so large that they would take too long.
    private static EncodedExample[] Rows(ModelConfig config, int layers, int batchSize, int length)
    {
        const double Work = 2e10;
        double perToken = 6.0 * layers * config.HiddenSize * ((3.0 * config.IntermediateSize) + (2.0 * config.NumAttentionHeads * config.HeadDim));
        int tokens = (int)Math.Min(Math.Max(64, Work / perToken), (double)batchSize * length);
        int rowLength = Math.Min(length, tokens);
        int[] ids = new int[rowLength + 1];
        return [.. Enumerable.Range(0, Math.Max(1, tokens / rowLength)).Select(_ => new EncodedExample(ids, ids))];
    }

    // The processor time divided by the number of threads, which other work on the machine disturbs little. A busy machine only takes longer to reach
    // SecondsForEach. The first run is not counted, because the runtime and libtorch compile during it.
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
