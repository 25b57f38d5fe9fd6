using Microsoft.Extensions.Logging;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tests.Training.Optimization;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training;

public sealed class OptionTests : FitFixture
{
    [Fact]
    public void Warm_up_can_be_told_in_steps()
    {
        var options = Options();
        options.Optimizer.Schedule = LearningRateSchedule.Constant;
        options.Optimizer.WarmupSteps = 4;
        using var model = Fit(options);
        Assert.Equal([0.25, 0.5, 0.75, 1, 1], model.History.Take(5).Select(p => p.LearningRate / options.LearningRate));
    }

    [Fact]
    public void The_prompt_can_be_trained_on_too()
    {
        var options = Options();
        var answers = MLContext.Data.EncodeForAsft(Data(), options).ToArray();
        options.Data.TrainOnPrompt = true;
        var all = MLContext.Data.EncodeForAsft(Data(), options).ToArray();
        Assert.All(all, e => Assert.Equal(e.InputIds, e.Labels));
        Assert.All(answers.Zip(all), pair => Assert.Equal(pair.First.InputIds, pair.Second.InputIds));
        Assert.All(answers, e => Assert.Contains(EncodedExample.IgnoreIndex, e.Labels));
    }

    [Theory]
    [InlineData("embed_tokens", "embed_tokens")]
    [InlineData("layers.0", "layers.0.")]
    [InlineData("layers.0-1", "layers.")]
    [InlineData("mlp", ".mlp.")]
    [InlineData("model.norm", "model.norm.")]
    public void Frozen_modules_stay_as_they_are_and_all_others_change(string module, string part)
    {
        var options = Options(lora: false);
        options.FrozenModules = [module];
        options.MaxSteps = 2;
        using var before = MLContext.Model.LoadAsft(Options());
        using var model = Fit(options);
        var start = before.Model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var (name, parameter) in model.Model.named_parameters())
        {
            using var scope = NewDisposeScope();
            bool isFrozen = $"{name}.".Contains(part, StringComparison.Ordinal);
            Assert.True(isFrozen == parameter.allclose(start[name], 0, 0), name);
        }
    }

    [Fact]
    public void A_module_to_freeze_that_is_not_there_is_named()
    {
        var options = Options(lora: false);
        options.FrozenModules = ["layers.7"];
        Assert.Contains("'layers.7'", Assert.Throws<InvalidOperationException>(() => Fit(options)).Message, StringComparison.Ordinal);
        options = Options();
        options.FrozenModules = ["layers.0"];
        Assert.Contains(
            "FrozenModules", Assert.Throws<ArgumentException>(() => MLContext.Transforms.AsftFineTune(options)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 1, AsftObjective.Asft)]
    [InlineData(true, 4, AsftObjective.Asft)]
    [InlineData(false, 1, AsftObjective.Asft)]
    [InlineData(false, 4, AsftObjective.Asft)]
    [InlineData(true, 1, AsftObjective.IwSft)]
    [InlineData(true, 4, AsftObjective.IwSft)]
    [InlineData(true, 4, AsftObjective.Eaft)]
    public void A_global_batch_has_one_gradient_however_it_is_divided(bool lora, int batchSize, AsftObjective objective)
    {
        float[] Gradient(int size)
        {
            var options = Options(lora: lora);
            (options.BatchSize, options.Objective) = (size, objective);
            options.Batches.GlobalBatchSize = 16;
            using var start = MLContext.Model.LoadAsft(options);
            var examples = MLContext.Data.EncodeForAsft(MLContext.Data.LoadFromEnumerable(UnequalRows), options).ToArray();
            return FirstGradient.Of(options, examples);
        }

        float[] whole = Gradient(16);
        AssertSame(whole, Gradient(batchSize));
    }

    [Theory]
    [InlineData(true, AsftObjective.Asft)]
    [InlineData(false, AsftObjective.Asft)]
    [InlineData(true, AsftObjective.IwSft)]
    public void A_row_of_weight_2_counts_as_that_row_twice(bool lora, AsftObjective objective)
    {
        var options = Options(lora: lora);
        (options.BatchSize, options.Objective) = (4, objective);
        var data = MLContext.Data.LoadFromEnumerable(Demonstration.Some.Take(3));
        var e = MLContext.Data.EncodeForAsft(data, options).ToArray();
        EncodedExample Weighing(int i, double weight) => new(e[i].InputIds, e[i].Labels) { Weight = weight };
        float[] twice = FirstGradient.Of(options, [e[0], e[1], e[1], e[2]]);
        AssertSame(twice, FirstGradient.Of(options, [e[0], Weighing(1, 2), e[2]]));
        AssertSame(twice, FirstGradient.Of(options, [Weighing(0, 3), Weighing(1, 6), Weighing(2, 3)]));
    }

    [Fact]
    public void Weights_are_read_from_numbers_and_from_text_and_bad_ones_are_named()
    {
        string path = At("weights.jsonl");
        File.WriteAllLines(path, ["""{"instruction": "1+1", "response": "2", "w": 2}""", """{"instruction": "2+1", "response": "3", "w": "0.5"}"""]);
        var options = Options();
        options.Data.WeightColumnName = "w";
        Assert.Equal([2, 0.5], MLContext.Data.EncodeForAsft(MLContext.Data.LoadAsftData(path), options).Select(x => x.Weight));
        var numbers = MLContext.Data.LoadFromEnumerable([new { instruction = "1+1", response = "2", w = 3f }]);
        Assert.Equal([3], MLContext.Data.EncodeForAsft(numbers, options).Select(x => x.Weight));

        File.AppendAllLines(path, ["""{"instruction": "4+1", "response": "5", "w": -1}"""]);
        var error = Assert.Throws<InvalidDataException>(
            () => MLContext.Data.EncodeForAsft(MLContext.Data.LoadAsftData(path), options).Count()).Message;
        Assert.Contains($"{path}, line 3, column 'w'", error, StringComparison.Ordinal);
        Assert.Contains("'w'", Assert.ThrowsAny<ArgumentException>(() => Fit(options)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, AsftObjective.Asft)]
    [InlineData(true, AsftObjective.Asft)]
    [InlineData(false, AsftObjective.IwSft)]
    [InlineData(false, AsftObjective.Eaft)]
    public void Packed_rows_have_the_gradient_of_padded_ones(bool recompute, AsftObjective objective)
    {
        var options = Options();
        (options.BatchSize, options.Objective) = (16, objective);
        var examples = MLContext.Data.EncodeForAsft(MLContext.Data.LoadFromEnumerable(UnequalRows), options).ToArray();
        float[] padded = FirstGradient.Of(options, examples, model => new AutogradBatchRunner(model, recompute, packing: false));
        AssertSame(padded, FirstGradient.Of(options, examples, model => new AutogradBatchRunner(model, recompute, packing: true)));
        AssertSame(padded, FirstGradient.Of(options, examples));
    }

    [Fact]
    public void Packing_changes_no_loss()
    {
        AsftProgress[] Steps(bool packing)
        {
            var options = Options();
            options.Lora = new LoraOptions { Rank = 4, Alpha = 8, Dropout = 0, UseDora = true };
            options.Batches.Packing = packing;
            options.BatchSize = 5;
            using var model = Fit(options);
            return [.. model.History];
        }

        Assert.All(Steps(false).Zip(Steps(true)), pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-5));
    }

    [Fact]
    public void Noise_on_embeddings_is_as_large_as_NEFTune_has_it_and_there_in_training_alone()
    {
        using var scope = NewDisposeScope();
        using var model = (Decoder)CausalLanguageModel.Load(Options().ModelPath!);
        var ids = tensor(Enumerable.Range(0, 40).Select(i => (long)i).ToArray(), [2, 20]);
        using var noGrad = no_grad();
        uint[] keys = [.. Enumerable.Range(0, 40).Select(i => DropoutMask.KeyOf((uint)(i / 20), i % 20))];
        using var noise = new TokenNoise(keys, [.. keys.Select(_ => 20f)], neftuneAlpha: 5, CPU);
        model.EmbeddingNoise = noise.AddTo;
        model.eval();
        var still = model.Forward(ids);
        Assert.True(still.equal(model.Forward(ids)).all().item<bool>());
        model.train();
        Assert.False(still.allclose(model.Forward(ids)));

        double[] added = [.. noise.AddTo(model.Embedding.call(ids)).sub(model.Embedding.call(ids))
            .reshape(-1).data<float>().ToArray().Select(x => (double)x)];
        double bound = 5 / Math.Sqrt(20 * 32);
        Assert.InRange(added.Max(), 0.98 * bound, bound * 1.0001);
        Assert.InRange(added.Min(), -bound * 1.0001, -0.98 * bound);
        Assert.InRange(added.Average(), -0.05 * bound, 0.05 * bound);
        Assert.InRange(added.Average(x => x * x), 0.9 * bound * bound / 3, 1.1 * bound * bound / 3);
    }

    [Fact]
    public void A_run_with_noise_can_be_resumed_to_the_bit()
    {
        AsftOptions Noisy(string output)
        {
            var options = Options(output);
            options.NeftuneAlpha = 5;
            options.Runtime.GradientCheckpointing = true;
            return options;
        }

        byte[] expected = WeightsOf(Fit(Noisy("whole")));
        Assert.NotEqual(expected, WeightsOf(Fit(Options())));
        Stop(Noisy("stopped"), 4);
        var resumed = Noisy("stopped");
        resumed.Checkpoints.Resume = true;
        Assert.Equal(expected, WeightsOf(Fit(resumed)));
    }

    [Fact]
    public void A_logger_hears_of_the_run()
    {
        var logger = new ListLogger();
        var options = Options();
        options.Reporting.Logger = logger;
        options.Validation.Data = Data();
        using var model = Fit(options);
        Assert.Equal(Steps, logger.Entries.Count(e => e.Level == LogLevel.Debug && e.Text.StartsWith("Step ", StringComparison.Ordinal)));
        Assert.Contains(logger.Entries, e => e.Level == LogLevel.Information && e.Text.Contains("on the validation rows", StringComparison.Ordinal));
    }

    private static Demonstration[] UnequalRows { get; } =
        [.. Enumerable.Range(0, 16).Select(i => new Demonstration { Instruction = new string('q', 1 + (i * 7 % 23)), Response = new string('a', 1 + (i * 5 % 17)) })];

    private static void AssertSame(float[] expected, float[] actual)
    {
        double length = Math.Sqrt(expected.Sum(g => (double)g * g));
        double distance = Math.Sqrt(expected.Zip(actual).Sum(p => Math.Pow(p.First - p.Second, 2)));
        Assert.Equal(expected.Length, actual.Length);
        Assert.True(length > 1e-3);
        Assert.True(distance < 1e-5 * length, $"{distance / length}");
    }

    private sealed class ListLogger : ILogger
    {
        public List<(LogLevel Level, string Text)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add((logLevel, formatter(state, exception)));
    }
}
