using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Estimation;

/// <summary>Measured seconds of the parts of a step.</summary>
/// <param name="Batch">
/// A forward and a backward pass, per token: what does not depend on the number of layers, and what each layer adds. The first is negative where the lowest layer
/// computes less than others: with adapters no one needs the gradient of its input.
/// </param>
/// <param name="Reference">The same for a forward pass alone.</param>
/// <param name="Label">The head, per label.</param>
/// <param name="Update">The optimizer's update, per trained parameter.</param>
internal sealed record StepTiming((double Base, double Layer) Batch, (double Base, double Layer) Reference, double Label, double Update)
{
    private const int WarmUps = 40;
    private const int FewTokens = 32;
    private const double SecondsOfPass = 0.2;   // at most, by the rate of a short row
    private const double SecondsInAll = 1;
    private const int LeastRounds = 3;

    /// <summary>The seconds of an optimizer step of a model.</summary>
    /// <param name="layers">The model's layers.</param>
    /// <param name="tokens">The tokens of the step.</param>
    /// <param name="labels">How many of them are labels.</param>
    /// <param name="trained">The trained parameters.</param>
    /// <param name="withReference">Whether the step computes the reference.</param>
    public double OfStep(int layers, double tokens, double labels, long trained, bool withReference) =>
        (tokens * (Batch.Base + (layers * Batch.Layer))) + (labels * Label) + (trained * Update) + (withReference ? OfReference(layers, tokens) : 0);

    /// <summary>The seconds of the reference's pass over some tokens.</summary>
    public double OfReference(int layers, double tokens) => tokens * (Reference.Base + (layers * Reference.Layer));

    /// <summary>Times the parts of a step.</summary>
    /// <param name="few">A model with few layers.</param>
    /// <param name="more">The same model with more layers.</param>
    /// <param name="config">The configuration of the model to train.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="rowLength">The mean length of a row.</param>
    /// <param name="batchLabels">The mean number of labels of a batch.</param>
    public static StepTiming Measure(MiniatureModel few, MiniatureModel more, ModelConfig config, AsftOptions options, int rowLength, double batchLabels)
    {
        using var head = new AnchoredHead(options.Loss.TokenObjective ?? AnchoredObjective.For(options));
        WarmUp(few, head);
        var rows = Rows(more, options.BatchSize, rowLength);
        double tokens = rows.Sum(row => row.InputIds.Length - 1);

        // The head works on chunks. A chunk of the run has this many labels.
        long chunk = AnchoredHead.DefaultMemoryBudget / (2L * config.VocabSize * few.ElementSize);
        int labels = (int)Math.Clamp(chunk, 1, Math.Max(1, batchLabels));

        double[] seconds = InTurns(
            SecondsInAll,
            () => few.ForwardAndBackward(rows), () => more.ForwardAndBackward(rows), () => few.Forward(rows), () => more.Forward(rows),
            () => few.Head(labels, head), more.Update);
        return new StepTiming(
            PerToken(seconds[0], seconds[1]), PerToken(seconds[2], seconds[3]), seconds[4] / labels * config.VocabSize / few.Vocabulary,
            seconds[5] / more.TrainedParameters);

        (double Base, double Layer) PerToken(double ofFew, double ofMore)
        {
            double layer = Math.Max(0, ofMore - ofFew) / (more.Layers - few.Layers);
            return ((ofFew - (few.Layers * layer)) / tokens, layer / tokens);
        }
    }

    // The runtime compiles a method for good after thirty calls, on another thread.
    private static void WarmUp(MiniatureModel few, AnchoredHead head)
    {
        var rows = RowsOf(1, FewTokens, few.Vocabulary);
        for (int i = 0; i < WarmUps; i++)
        {
            few.ForwardAndBackward(rows);
            few.Forward(rows);
        }

        few.Head(WarmUps, head);
    }

    // The rows of a batch, or fewer if the layers are so large that they would take too long.
    private static EncodedExample[] Rows(MiniatureModel more, int batchSize, int length)
    {
        var probe = RowsOf(1, FewTokens, more.Vocabulary);
        more.ForwardAndBackward(probe);
        double perToken = InTurns(0, () => more.ForwardAndBackward(probe))[0] / FewTokens;
        int tokens = (int)Math.Min(Math.Max(FewTokens, SecondsOfPass / perToken), (double)batchSize * length);
        int rowLength = Math.Min(length, tokens);
        return RowsOf(tokens / rowLength, rowLength, more.Vocabulary);
    }

    private static EncodedExample[] RowsOf(int rows, int length, long vocabulary)
    {
        int[] ids = [.. Enumerable.Range(0, length + 1).Select(i => (int)(i % vocabulary))];
        return [.. Enumerable.Repeat(new EncodedExample(ids, ids), rows)];
    }

    // The median seconds of each action, which run in turns because the speed of a machine changes. The first round is not counted: libtorch compiles
    // products of new shapes in it.
    private static double[] InTurns(double inAll, params Action[] actions)
    {
        var rounds = new List<double[]>();
        double total = 0;
        for (int round = 0; round <= LeastRounds || total < inAll; round++)
        {
            double[] times = [.. actions.Select(action =>
            {
                double started = ThreadClock.Seconds;
                action();
                return ThreadClock.Seconds - started;
            })];
            if (round > 0)
            {
                rounds.Add(times);
                total += times.Sum();
            }
        }

        return [.. actions.Select((_, i) => rounds.Select(times => times[i]).Order().ElementAt(rounds.Count / 2))];
    }
}
