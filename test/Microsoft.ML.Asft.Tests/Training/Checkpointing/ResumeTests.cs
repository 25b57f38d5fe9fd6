using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests.Training.Checkpointing;

public sealed class ResumeTests : FitFixture
{
    [Theory]
    [InlineData(true, ModelPrecision.Float32)]
    [InlineData(false, ModelPrecision.Float32)]
    [InlineData(false, ModelPrecision.BFloat16)]
    public void A_cancelled_run_that_is_resumed_ends_as_one_that_was_not_to_the_bit(bool lora, ModelPrecision precision)
    {
        byte[] expected = WeightsOf(Fit(With(Options("whole", lora), precision)));
        foreach (int stop in new[] { 1, 4, Steps - 1 })
        {
            string output = $"stopped-{stop}";
            var interrupted = Stop(With(Options(output, lora), precision), stop);
            Assert.Equal(stop, interrupted.Step);
            Assert.StartsWith(At(output), interrupted.CheckpointFolder, StringComparison.Ordinal);

            var options = With(Options(output, lora), precision);
            options.Checkpoints.Resume = true;
            using var model = Fit(options);
            Assert.Equal(Enumerable.Range(1, Steps), model.History.Select(p => p.Step));
            Assert.Equal(expected, WeightsOf(model));
            Assert.Equal(
                File.ReadLines(At("whole", "training_log.jsonl")).Select(WithoutTime),
                File.ReadLines(At(output, "training_log.jsonl")).Select(WithoutTime));
        }

        Assert.Empty(Warnings);
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_and_the_one_before_it_used()
    {
        byte[] expected = WeightsOf(Fit(Options("whole")));
        var options = Options("damaged");
        options.Checkpoints.EverySteps = 2;
        Stop(options, 6);
        string file = At("damaged", "checkpoints", "step-00000006", "optimizer.safetensors");
        byte[] content = File.ReadAllBytes(file);
        content[^1] ^= 1;
        File.WriteAllBytes(file, content);
        File.Delete(At("damaged", "checkpoints", "step-00000004", "manifest.json"));

        int first = 0;
        options = Options("damaged");
        options.Checkpoints.Resume = true;
        options.Reporting.Progress = new Listener<AsftProgress>(p => first = first == 0 ? p.Step : first);
        Assert.Equal(expected, WeightsOf(Fit(options)));
        Assert.Equal(3, first);
        Assert.Contains(Warnings, w => w.Contains("step-00000006", StringComparison.Ordinal) && w.Contains("optimizer.safetensors", StringComparison.Ordinal));
        Assert.Contains(Warnings, w => w.Contains("step-00000004", StringComparison.Ordinal) && w.Contains("manifest.json is missing", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_killed_run_left_half_written_goes()
    {
        Stop(Options("killed"), 3);
        string rest = Directory.CreateDirectory(At("killed", "checkpoints", ".unfinished-x")).FullName;
        File.AppendAllText(At("killed", "training_log.jsonl"), """{"step":4,"total_ste""");
        var options = Options("killed");
        options.Checkpoints.Resume = true;
        using var model = Fit(options);
        Assert.False(Directory.Exists(rest));
        Assert.Equal(Steps, File.ReadLines(At("killed", "training_log.jsonl")).Count());
    }

    [Fact]
    public void The_latest_checkpoints_are_kept()
    {
        var options = Options("kept");
        options.Checkpoints.EverySteps = 2;
        options.Checkpoints.KeepLast = 2;
        using var model = Fit(options);
        Assert.Equal(
            ["step-00000008", "step-00000009"],
            Directory.EnumerateFileSystemEntries(At("kept", "checkpoints")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_checkpoint_of_an_adapter_is_an_adapters_folder()
    {
        using var model = Fit(Options("adapter"));
        var options = Options("adapter");
        options.AdapterPath = At("adapter", "checkpoints", $"step-{Steps:D8}");
        using var again = MLContext.Model.LoadAsft(options);
        Assert.Equal(WeightsOf(model), WeightsOf(again));
    }

    [Fact]
    public void A_checkpoint_of_a_whole_model_is_a_models_folder()
    {
        using var model = Fit(Options("model", lora: false));
        var options = Options("model");
        options.ModelPath = At("model", "checkpoints", $"step-{Steps:D8}");
        using var again = MLContext.Model.LoadAsft(options);
        Assert.Equal(model.Evaluate(Data()).Sft, again.Evaluate(Data()).Sft, 1e-6);
    }

    [Fact]
    public void A_stopped_run_is_not_overwritten_and_a_finished_one_is()
    {
        Stop(Options("twice"), 2);
        var error = Assert.Throws<InvalidOperationException>(() => Fit(Options("twice")));
        Assert.Contains("step 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("Resume", error.Message, StringComparison.Ordinal);

        var options = Options("twice");
        options.Checkpoints.Resume = true;
        Fit(options).Dispose();
        options = Options("twice");
        options.MaxSteps = 3;
        using var shorter = Fit(options);
        Assert.Equal(3, shorter.History.Count);
        Assert.Equal(3, File.ReadLines(At("twice", "training_log.jsonl")).Count());
    }

    [Fact]
    public void A_finished_run_that_is_resumed_has_nothing_left_to_do()
    {
        byte[] expected = WeightsOf(Fit(Options("done")));
        var options = Options("done");
        options.Checkpoints.Resume = true;
        options.Reporting.Progress = new Listener<AsftProgress>(p => Assert.Fail($"step {p.Step}"));
        using var again = Fit(options);
        Assert.Equal(Steps, again.History.Count);
        Assert.Equal(expected, WeightsOf(again));
    }

    [Fact]
    public void Resuming_on_other_data_is_refused_and_with_another_setting_said()
    {
        Stop(Options("other"), 4);
        var options = Options("other");
        options.Checkpoints.Resume = true;
        var error = Assert.Throws<InvalidOperationException>(() => MLContext.Transforms.AsftFineTune(options)
            .Fit(MLContext.Data.LoadFromEnumerable(Demonstration.Some.Reverse())));
        Assert.Contains("the training data was", error.Message, StringComparison.Ordinal);
        options.BatchSize = 1;
        Assert.Contains(
            "BatchSize was 2 and is 1", Assert.Throws<InvalidOperationException>(() => Fit(options)).Message, StringComparison.Ordinal);

        options.BatchSize = 2;
        options.LearningRate = 1e-3;
        using var model = Fit(options);
        Assert.Contains(Warnings, w => w.Contains("LearningRate was 0.005 and is 0.001", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_an_output_folder_an_interrupted_run_says_that_nothing_was_saved()
    {
        var options = Options("none");
        options.OutputFolder = null;
        Assert.Null(Stop(options, 2).CheckpointFolder);
        Assert.False(Directory.Exists(At("none")));
    }

    private static string WithoutTime(string line) => line[..line.IndexOf(",\"seconds\"", StringComparison.Ordinal)];

    private static AsftOptions With(AsftOptions options, ModelPrecision precision)
    {
        options.Runtime.Precision = precision;
        return options;
    }
}
