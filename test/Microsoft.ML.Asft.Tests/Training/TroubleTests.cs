using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training;

public sealed class TroubleTests : FitFixture
{
    [Fact]
    public void A_step_that_is_not_finite_is_skipped_and_counted()
    {
        var options = Options("skipped");
        options.Loss.TokenObjective = new Broken(call => call is 3 or 6);
        using var model = Fit(options);
        Assert.Equal(Enumerable.Range(1, Steps), model.History.Select(p => p.Step));
        Assert.Equal([3, 6], model.History.Where(p => p.IsSkipped).Select(p => p.Step));
        Assert.Equal(2, Warnings.Count(w => w.Contains("was skipped", StringComparison.Ordinal)));
        Assert.True(double.IsFinite(model.Evaluate(Data()).Sft));
        Assert.Contains("\"loss\":null", File.ReadLines(At("skipped", "training_log.jsonl")).ElementAt(2), StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_in_a_row_end_the_run_with_a_diagnosis_and_the_last_good_state()
    {
        var good = Options();
        good.Loss.TokenObjective = new Broken(_ => false);
        good.MaxSteps = 4;
        good.Optimizer.Schedule = LearningRateSchedule.Constant;
        good.Optimizer.WarmupRatio = 0;
        byte[] expected = WeightsOf(Fit(good));

        var options = Options("broken");
        options.Loss.TokenObjective = new Broken(call => call > 4);
        options.Optimizer.MaxSkippedSteps = 3;
        options.Optimizer.Schedule = LearningRateSchedule.Constant;
        options.Optimizer.WarmupRatio = 0;
        var error = Assert.Throws<InvalidOperationException>(() => Fit(options)).Message;
        Assert.Contains("3 times in a row", error, StringComparison.Ordinal);
        Assert.Contains("step 7, rows ", error, StringComparison.Ordinal);
        Assert.Contains("learning rate 0.005", error, StringComparison.Ordinal);
        Assert.Contains("largest gradient NaN in 'base_model.model.model.layers.", error, StringComparison.Ordinal);
        Assert.Contains(At("broken", "checkpoints", "step-00000006"), error, StringComparison.Ordinal);
        var last = Options();
        last.AdapterPath = At("broken", "checkpoints", "step-00000006");
        Assert.Equal(expected, WeightsOf(MLContext.Model.LoadAsft(last)));
    }

    [Fact]
    public void Memory_that_does_not_suffice_is_told_with_what_needs_less()
    {
        var options = Options();
        options.Loss.TokenObjective = new Greedy();
        var error = Assert.Throws<InvalidOperationException>(() => Fit(options)).Message;
        Assert.Contains("not enough memory for step 1", error, StringComparison.Ordinal);
        Assert.Contains("BatchSize 1 with Batches.GlobalBatchSize 2", error, StringComparison.Ordinal);
        Assert.Contains("GradientCheckpointing", error, StringComparison.Ordinal);
    }

    private sealed class Broken(Func<int, bool> isBroken) : TokenObjective
    {
        private int _calls = -1;              // the first is the largest batch, tried before the first step

        public override bool NeedsReference => false;

        public override TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels)
        {
            var losses = AnchoredObjective.For(AsftObjective.Sft, 0, KlDirection.Forward).Evaluate(logProbabilities, null, labels);
            if (!isBroken(++_calls))
            {
                return losses;
            }

            logProbabilities.mul_(double.NaN);
            return new TokenLosses(losses.Loss.mul(double.NaN));
        }
    }

    private sealed class Greedy : TokenObjective
    {
        public override bool NeedsReference => false;

        public override TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels) =>
            new(empty([1L << 45], ScalarType.Float32));
    }
}
