using System.Diagnostics;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Text;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>
/// The training loop. An optimizer step's loss is the sum over all labelled tokens of its global batch divided by their
/// number, so that accumulation changes nothing.
/// </summary>
internal sealed class Trainer(
    CausalLanguageModel model, BatchRunner runner, AnchoredHead head, IReferenceModel? reference, AsftOptions options, int seed)
{
    /// <summary>Trains the parameters given and reports every step.</summary>
    /// <exception cref="OperationCanceledException">The options' token was cancelled; the parameters are those after the last step.</exception>
    /// <exception cref="InvalidOperationException">The loss or the gradient stopped being finite.</exception>
    public void Run(IReadOnlyList<EncodedExample> examples, FlatParameters parameters, Action<AsftProgress> report)
    {
        var plan = new BatchPlan(examples.Select(e => e.InputIds.Length), options.BatchSize, options.GlobalBatchSize, options.Order, seed);
        int totalSteps = options.MaxSteps ?? checked(plan.StepsPerEpoch * options.Epochs);
        var curve = new LearningRateCurve(options.Schedule, options.LearningRate, options.WarmupRatio, totalSteps);
        using var optimizer = new AdamW(parameters, options.AdamBeta1, options.AdamBeta2, options.AdamEpsilon, options.WeightDecay);
        using var randomState = get_rng_state();
        manual_seed(seed);
        model.train();
        try
        {
            int step = 0;
            for (int epoch = 0; step < totalSteps; epoch++)
            {
                foreach (int[][] batches in plan.Epoch(epoch).Take(totalSteps - step))
                {
                    options.CancellationToken.ThrowIfCancellationRequested();
                    var progress = Step(step, batches, examples, parameters, optimizer, curve.At(step));
                    step++;
                    report(progress with { Step = step, TotalSteps = totalSteps, Epoch = (double)step / plan.StepsPerEpoch });
                }
            }
        }
        finally
        {
            model.eval();
            set_rng_state(randomState);
        }
    }

    private AsftProgress Step(
        int step, int[][] batches, IReadOnlyList<EncodedExample> examples, FlatParameters parameters, AdamW optimizer, double learningRate)
    {
        long started = Stopwatch.GetTimestamp();
        int labelled = batches.Sum(rows => rows.Sum(row => TrainingBatch.LabelCount(examples[row])));
        (double loss, double crossEntropy, double kl) = (0, 0, 0);
        foreach (int[] rows in batches)
        {
            using var scope = NewDisposeScope();
            var batch = new TrainingBatch(
                [.. rows.Select(row => examples[row])], parameters.Values.device, [.. rows.Select(row => DropoutKey(step, row))]);
            var anchor = head.NeedsReference ? (reference!.HiddenStates(batch), reference.HeadWeight) : ((Tensor, Tensor)?)null;
            var hidden = runner.Forward(batch);                                   // (N, H)
            var result = head.Evaluate(
                hidden, model.HeadWeight.detach(), batch.Labels, anchor, 1.0 / labelled, parameters.GradientOf(model.HeadWeight));
            runner.Backward(result.HiddenGradient!, parameters);
            (loss, crossEntropy, kl) = (loss + result.Loss, crossEntropy + result.CrossEntropy, kl + result.Kl);
        }

        double norm = GradientNorm(parameters.Gradients);
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw new InvalidOperationException(
                $"The loss is {loss / labelled} and the gradient norm {norm} at a learning rate of {learningRate}: training cannot go on. "
                + "Lower LearningRate, or look for a model file with NaN in it.");
        }

        double clip = options.MaxGradNorm > 0 ? Math.Min(1, options.MaxGradNorm / (norm + 1e-6)) : 1;
        optimizer.Step(learningRate, clip);
        return new AsftProgress
        {
            Step = 0,
            TotalSteps = 0,
            Epoch = 0,
            Loss = loss / labelled,
            CrossEntropy = crossEntropy / labelled,
            Kl = kl / labelled,
            GradientNorm = norm,
            LearningRate = learningRate,
            Tokens = batches.Sum(rows => rows.Sum(row => examples[row].InputIds.Length)),
            LabelledTokens = labelled,
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
        };
    }

    // What an example drops depends on the seed, the step and the example alone, not on how a step is divided.
    private uint DropoutKey(int step, int row) =>
        DropoutMask.Mix((uint)seed ^ DropoutMask.Mix((uint)step + DropoutMask.Mix((uint)row + 1)));

    private static double GradientNorm(Tensor gradients)
    {
        using var scope = NewDisposeScope();
        return gradients.norm().to_type(ScalarType.Float64).item<double>();
    }
}
