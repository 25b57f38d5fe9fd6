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
internal sealed class Trainer(CausalLanguageModel model, AnchoredHead head, IReferenceModel? reference, AsftOptions options, int seed)
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
                    var progress = Step([.. batches.Select(rows => rows.Select(row => examples[row]).ToArray())], parameters, optimizer, curve.At(step));
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

    private AsftProgress Step(EncodedExample[][] batches, FlatParameters parameters, AdamW optimizer, double learningRate)
    {
        long started = Stopwatch.GetTimestamp();
        int labelled = batches.Sum(batch => batch.Sum(TrainingBatch.LabelCount));
        (double loss, double crossEntropy, double kl) = (0, 0, 0);
        foreach (var examples in batches)
        {
            using var scope = NewDisposeScope();
            var batch = TrainingBatch.Of(examples, parameters.Values.device);
            var anchor = head.NeedsReference
                ? (batch.Gather(reference!.HiddenStates(batch.InputIds)), reference.HeadWeight)
                : ((Tensor, Tensor)?)null;
            using var pass = options.GradientCheckpointing ? (model as Decoder)?.ForwardCheckpointed(batch.InputIds) : null;
            var states = pass?.Output ?? model.Forward(batch.InputIds);           // (B, T, H)
            var hidden = batch.Gather(states);
            var result = head.Evaluate(
                hidden.detach(), model.HeadWeight.detach(), batch.Labels, anchor, 1.0 / labelled, parameters.GradientOf(model.HeadWeight));
            if (pass is null)
            {
                hidden.backward([result.HiddenGradient!]);
            }
            else
            {
                pass.Backward(batch.Scatter(result.HiddenGradient!, states));
            }

            parameters.CollectGradients();
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
            Tokens = batches.Sum(batch => batch.Sum(example => example.InputIds.Length)),
            LabelledTokens = labelled,
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
        };
    }

    private static double GradientNorm(Tensor gradients)
    {
        using var scope = NewDisposeScope();
        return gradients.norm().to_type(ScalarType.Float64).item<double>();
    }
}
