using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>The four places where users bring something of their own, used as they would: public members only.</summary>
public class SeamTests
{
    private static readonly Row[] Rows =
    [
        new("say a", "bbbb"), new("say b", "cccc"), new("say c", "dddd"), new("say d", "aaaa"),
    ];

    [Fact]
    public void An_own_model_and_tokenizer_learn_a_response()
    {
        var mlContext = new MLContext(seed: 1);
        var data = mlContext.Data.LoadFromEnumerable(Rows);
        var options = Options();
        options.Objective = AsftObjective.SftKl;
        using var model = mlContext.Transforms.AsftFineTune(new BigramModel(Letters.Count, 32), Letters.Tokenizer, options).Fit(data);
        Assert.True(model.History[^1].CrossEntropy < 0.7 * model.History[0].CrossEntropy);
        Assert.True(model.Evaluate(data).Kl > 0);
        var completed = mlContext.Data.CreateEnumerable<CompletedRow>(model.Transform(data), reuseRowObject: false).ToArray();
        Assert.Equal(Rows.Select(r => r.Instruction), completed.Select(r => r.Instruction));
        Assert.Equal(completed.Select(r => r.Completion), model.Complete([.. Rows.Select(r => r.Instruction)]).Select(c => c.Text));
    }

    [Fact]
    public void A_model_made_in_code_has_no_form_that_an_exporter_could_write()
    {
        var mlContext = new MLContext(seed: 1);
        using var model = mlContext.Transforms.AsftFineTune(new BigramModel(Letters.Count, 32), Letters.Tokenizer, Options())
            .Fit(mlContext.Data.LoadFromEnumerable(Rows));
        Assert.Null(model.ModelConfig);
        Assert.Null(model.ModelFolder);
        Assert.Empty(model.MergedWeights);
    }

    [Fact]
    public void An_own_objective_is_trained_with()
    {
        var options = Options();
        options.Loss.TokenObjective = new FocalLoss();
        var history = Fit(options);
        Assert.True(history[^1].Loss < 0.5 * history[0].Loss);
        Assert.True(double.IsNaN(history[0].Kl));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_own_objective_weighs_whole_rows(int batchSize)
    {
        Row[] rows = [new("say a", "bbbbbbbbb"), new("say b", "c"), new("say c", "dddd")];
        AsftProgress First(TokenObjective? objective, params Row[] some)
        {
            var mlContext = new MLContext(seed: 1);
            var options = Options();
            (options.MaxSteps, options.BatchSize, options.Batches.GlobalBatchSize) = (1, Math.Min(batchSize, some.Length), some.Length);
            (options.Objective, options.Loss.TokenObjective) = (AsftObjective.Sft, objective);
            using var model = mlContext.Transforms.AsftFineTune(new BigramModel(Letters.Count, 32), Letters.Tokenizer, options)
                .Fit(mlContext.Data.LoadFromEnumerable(some));
            return model.History[0];
        }

        var together = First(new RowMeanLoss(), rows);
        double expected = rows.Sum(row => First(null, row).CrossEntropy);
        Assert.Equal(expected, together.Loss * together.LabelledTokens, 1e-4);
        Assert.NotEqual(First(null, rows).Loss, together.Loss, 0.1);
    }

    [Fact]
    public void A_weight_for_each_row_and_not_for_each_token_is_refused()
    {
        var options = Options();
        options.Loss.TokenObjective = new OneWeightForAll();
        string message = Assert.Throws<InvalidOperationException>(() => Fit(options)).Message;
        Assert.Contains("OneWeightForAll.WeighTokens returned a tensor of shape (1)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_own_objective_has_the_gradient_that_autograd_finds()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new double[] { 0.3, -1, 2, 0.5, 1.5, -0.2 }, [2, 3]);
        logits.requires_grad = true;
        var labels = tensor(new long[] { 1, 2 });
        var logP = logits.sub(logits.logsumexp(1, keepdim: true));
        var picked = logP.gather(1, labels.unsqueeze(1));
        picked.exp().neg().add(1).square().mul(picked).neg().sum().backward();

        var gradient = logP.detach().clone();
        TokenLosses losses = new FocalLoss().Evaluate(gradient, null, labels);
        Assert.Equal([2], losses.Loss.shape);
        Assert.True(logits.grad!.allclose(gradient));
    }

    [Fact]
    public void An_own_optimizer_is_trained_with_and_its_state_is_resumed()
    {
        string folder = Directory.CreateTempSubdirectory("asft-optimizer-").FullName;
        try
        {
            double[] Losses(int steps, string? output, bool resume = false)
            {
                var options = Options();
                options.Optimizer.Custom = (values, gradients) => new SignDescent(values, gradients);
                (options.MaxSteps, options.OutputFolder, options.Optimizer.Schedule) = (steps, output, LearningRateSchedule.Constant);
                options.Checkpoints.Resume = resume;
                return [.. Fit(options).Select(step => step.Loss)];
            }

            double[] whole = Losses(6, output: null);
            Losses(3, folder);
            Assert.Equal(whole, Losses(6, folder, resume: true));
            Assert.NotEqual(whole[0], whole[^1]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void An_own_template_makes_the_prompt()
    {
        var options = Options();
        options.PromptTemplate = new ShoutingTemplate();
        var mlContext = new MLContext(seed: 1);
        using var model = mlContext.Transforms.AsftFineTune(new BigramModel(Letters.Count, 32), Letters.Tokenizer, options)
            .Fit(mlContext.Data.LoadFromEnumerable(Rows));
        Assert.Equal("shouting", model.Template.Name);

        // Every prompt ends in the mark, so to a bigram model all prompts are one.
        Assert.Single(model.Complete(["say a", "say q"]).Select(c => c.Text).Distinct());
    }

    [Fact]
    public void A_watcher_sees_every_step_and_can_stop_the_run()
    {
        using var stop = new CancellationTokenSource();
        var watcher = new Watcher(step =>
        {
            if (step == 3)
            {
                stop.Cancel();
            }
        });
        var options = Options();
        options.Reporting.Progress = watcher;
        options.CancellationToken = stop.Token;
        Assert.ThrowsAny<OperationCanceledException>(() => Fit(options));
        Assert.Equal([1, 2, 3], watcher.Steps);
    }

    [Fact]
    public void The_log_of_the_context_tells_of_every_step()
    {
        var mlContext = new MLContext(seed: 1);
        var messages = new List<string>();
        mlContext.Log += (_, e) => messages.Add(e.Message);
        var options = Options();
        options.MaxSteps = 2;
        using var model = mlContext.Transforms.AsftFineTune(new BigramModel(Letters.Count, 32), Letters.Tokenizer, options)
            .Fit(mlContext.Data.LoadFromEnumerable(Rows));
        Assert.Contains(messages, m => m.Contains("Step 2/2", StringComparison.Ordinal));
    }

    private static AsftOptions Options() => new()
    {
        Template = "plain",
        LearningRate = 5e-2,
        MaxSteps = 30,
        Lora = new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0, TargetModules = ["_mix"] },
        Generation = { MaxNewTokens = 4 },
    };

    private static IReadOnlyList<AsftProgress> Fit(AsftOptions options)
    {
        var mlContext = new MLContext(seed: 1);
        using var model = mlContext.Transforms.AsftFineTune(new BigramModel(Letters.Count, 32), Letters.Tokenizer, options)
            .Fit(mlContext.Data.LoadFromEnumerable(Rows));
        return model.History;
    }

    private sealed class OneWeightForAll : TokenObjective
    {
        public override bool NeedsReference => false;

        public override bool NeedsSequences => true;

        public override Tensor WeighTokens(LabelledSequences sequences) => ones(1);

        public override TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels) =>
            throw new InvalidOperationException("The weights come first.");
    }

    private sealed class Watcher(Action<int> onStep) : IProgress<AsftProgress>
    {
        public List<int> Steps { get; } = [];

        public void Report(AsftProgress value)
        {
            Steps.Add(value.Step);
            onStep(value.Step);
        }
    }
}
