using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training;

public sealed class ValidationTests : FitFixture
{
    [Theory]
    [InlineData(AsftObjective.Sft)]
    [InlineData(AsftObjective.Dft)]
    [InlineData(AsftObjective.SftKl)]
    [InlineData(AsftObjective.Asft)]
    [InlineData(AsftObjective.IwSft)]
    [InlineData(AsftObjective.Eaft)]
    public void Measurements_are_those_of_the_model_evaluated_afterwards(AsftObjective objective)
    {
        var options = Options("measured");
        options.Objective = objective;
        options.Validation.Data = Data();
        options.Validation.EverySteps = 4;
        var heard = new List<AsftValidation>();
        options.Reporting.ValidationProgress = new Listener<AsftValidation>(heard.Add);
        using var model = Fit(options);

        Assert.Equal([0, 4, 8, 9], model.Validations.Select(v => v.Step));
        Assert.Equal(heard, model.Validations);
        Assert.Equal(4, File.ReadLines(At("measured", "validation_log.jsonl")).Count());
        Assert.Equal(0, model.Validations[0].Kl, 1e-6);
        Assert.True(model.Validations[^1].Kl > 1e-6);
        var expected = model.Evaluate(Data());
        var last = model.Validations[^1];
        double loss = objective switch
        {
            AsftObjective.Sft => expected.Sft,
            AsftObjective.Dft => expected.Dft,
            AsftObjective.SftKl => expected.SftKl,
            AsftObjective.Asft => expected.Asft,
            _ => expected.Loss,     // which PyTorchParityTests hold to PyTorch
        };
        Assert.Equal(loss, last.Loss, 1e-9);
        Assert.Equal(expected.Sft, last.CrossEntropy, 1e-9);
        Assert.Equal(Math.Exp(expected.Sft), last.Perplexity, 1e-6);
        Assert.Equal(expected.TokenAccuracy, last.TokenAccuracy);
        Assert.Equal(expected.Kl, last.Kl, 1e-6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Measuring_changes_nothing_of_training(bool lora)
    {
        var options = Options(lora: lora);
        byte[] expected = WeightsOf(Fit(options));
        options.Validation.Data = Data();
        options.Validation.EverySteps = 2;
        Assert.Equal(expected, WeightsOf(Fit(options)));
    }

    [Fact]
    public void A_loss_of_ones_own_is_measured_too()
    {
        var options = Options();
        options.Loss.TokenObjective = new Halved();
        options.Validation.Data = Data();
        using var model = Fit(options);
        Assert.All(model.Validations, v => Assert.Equal(v.CrossEntropy / 2, v.Loss, 1e-6));
    }

    [Fact]
    public void A_share_of_the_rows_is_put_aside_by_the_seed()
    {
        var options = Options();
        options.MaxSteps = null;
        options.Epochs = 1;
        options.BatchSize = 1;
        options.Validation.Fraction = 0.4;
        using var model = Fit(options);
        Assert.Equal(3, model.History.Count);
        Assert.Equal(
            EncodedLabels(), model.History.Sum(p => p.LabelledTokens) + model.Validations[0].Tokens);

        options.Seed = 1;
        using var same = Fit(options);
        Assert.Equal(model.Validations[0], same.Validations[0] with { Seconds = model.Validations[0].Seconds });
    }

    [Fact]
    public void Training_stops_when_patience_is_lost_and_the_best_model_comes_back()
    {
        var options = Options("early", lora: false);
        options.LearningRate = 0.3;         // far too much, so that it gets worse soon
        options.Optimizer.MaxGradNorm = 0;
        options.Objective = AsftObjective.Sft;
        options.MaxSteps = 60;
        options.Checkpoints.KeepLast = 1;
        options.Validation.Data = Data();
        options.Validation.EverySteps = 1;
        options.Validation.Patience = 3;
        options.Validation.RestoreBest = true;
        using var model = Fit(options);
        var trained = model.Validations.Where(v => v.Step > 0).ToArray();
        var best = trained.MinBy(v => v.CrossEntropy)!;
        Assert.True(model.History.Count < 60);
        Assert.Equal(best.Step + 3, model.History.Count);
        Assert.True(best.IsBest);
        Assert.Equal(best.CrossEntropy, model.Evaluate(Data()).Sft, 1e-9);
        Assert.Equal(
            new[] { best.Step, best.Step + 3 }.Select(s => $"step-{s:D8}"),
            Directory.EnumerateDirectories(At("early", "checkpoints")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_run_that_stops_early_is_finished_and_one_stopped_while_measuring_measures_again()
    {
        AsftOptions Early(string output)
        {
            var options = Options(output);
            options.Validation.Data = Data();
            options.Validation.EverySteps = 3;
            options.Validation.Patience = 1;
            options.Validation.MinImprovement = 100;
            return options;
        }

        var whole = Early("early");
        using var expected = Fit(whole);
        Assert.Equal(6, expected.History.Count);

        var stopped = Early("stopped");
        using var source = new CancellationTokenSource();
        stopped.CancellationToken = source.Token;
        stopped.Reporting.Progress = new Listener<AsftProgress>(p =>
        {
            if (p.Step == 3)
            {
                source.Cancel();
            }
        });
        Assert.Equal(3, Assert.Throws<AsftInterruptedException>(() => Fit(stopped)).Step);
        stopped = Early("stopped");
        stopped.Checkpoints.Resume = true;
        using var resumed = Fit(stopped);
        Assert.Equal(expected.Validations.Select(v => v with { Seconds = 0 }), resumed.Validations.Select(v => v with { Seconds = 0 }));
        Assert.Equal(6, resumed.History.Count);
    }

    [Fact]
    public void Options_that_contradict_each_other_are_refused()
    {
        var options = Options();
        options.Validation.RestoreBest = true;
        Assert.Contains("RestoreBest", Refusal(options), StringComparison.Ordinal);
        options = Options();
        options.Validation.Data = Data();
        options.Validation.Fraction = 0.1;
        Assert.Contains("Fraction", Refusal(options), StringComparison.Ordinal);
        options = Options();
        options.Checkpoints.Resume = true;
        Assert.Contains("OutputFolder", Refusal(options), StringComparison.Ordinal);
        options = Options();
        options.Validation.Patience = 0;
        Assert.Contains("Validation.Patience", Refusal(options), StringComparison.Ordinal);
    }

    private string Refusal(AsftOptions options) => Assert.Throws<ArgumentException>(() => MLContext.Transforms.AsftFineTune(options)).Message;

    private long EncodedLabels()
    {
        using var model = MLContext.Model.LoadAsft(Options());
        return model.Evaluate(Data()).Tokens;
    }

    private sealed class Halved : TokenObjective
    {
        public override bool NeedsReference => false;

        public override TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels)
        {
            var label = labels.unsqueeze(1);
            var loss = logProbabilities.gather(1, label).squeeze(1).mul(-0.5);
            logProbabilities.exp_().scatter_add_(1, label, ones_like(label).to_type(ScalarType.Float32).neg()).mul_(0.5);
            return new TokenLosses(loss);
        }
    }
}
