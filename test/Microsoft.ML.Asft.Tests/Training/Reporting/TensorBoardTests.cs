using System.Text.Json;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Tests.Training.Reporting;

public sealed class TensorBoardTests : FitFixture
{
    [Fact]
    public void The_event_file_has_the_numbers_of_the_logs()
    {
        long started = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        using var model = Fit(Measured("out"));

        var scalars = Scalars("out");
        AssertLike(At("out", "training_log.jsonl"), scalars, ("train/loss", "loss"), ("train/cross_entropy", "cross_entropy"), ("train/kl", "kl"),
            ("train/weighted_cross_entropy", "weighted_cross_entropy"), ("train/token_accuracy", "token_accuracy"), ("train/epoch", "epoch"),
            ("train/grad_norm", "gradient_norm"), ("train/learning_rate", "learning_rate"), ("train/memory_bytes", "memory_bytes"));
        AssertLike(At("out", "validation_log.jsonl"), scalars, ("eval/loss", "loss"), ("eval/cross_entropy", "cross_entropy"),
            ("eval/perplexity", "perplexity"), ("eval/token_accuracy", "token_accuracy"), ("eval/kl", "kl"));
        Assert.Equal(15, scalars.Select(s => s.Tag).Distinct().Count());
        Assert.All(scalars, s => Assert.InRange(s.Time, started, DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
    }

    [Fact]
    public void An_objective_without_an_anchor_has_no_curve_of_its_divergence()
    {
        var options = Measured("sft");
        options.Objective = AsftObjective.Sft;
        using var model = Fit(options);

        Assert.DoesNotContain(Scalars("sft"), s => s.Tag == "train/kl");
        Assert.All(Scalars("sft"), s => Assert.True(float.IsFinite(s.Value)));
    }

    [Fact]
    public void A_resumed_run_has_every_step_once_also_those_that_a_killed_run_was_further_than_its_checkpoint()
    {
        using (var whole = Fit(Measured("whole")))
        {
        }

        Stop(Measured("killed"), 5);
        Directory.Delete(At("killed", "checkpoints", "step-00000005"), recursive: true);
        var options = Measured("killed");
        options.Checkpoints.Resume = true;
        using var resumed = Fit(options);

        Assert.Equal(Numbers(Scalars("whole")), Numbers(Scalars("killed")));
    }

    [Fact]
    public void A_new_run_replaces_the_file_of_an_earlier_one_and_leaves_other_files()
    {
        using (var first = Fit(Measured("twice")))
        {
        }

        string other = At("twice", "tensorboard", "events.out.tfevents.of-someone-else");
        File.WriteAllText(other, "");
        using var second = Fit(Measured("twice"));

        Assert.Equal(Steps, Scalars("twice").Count(s => s.Tag == "train/loss"));
        Assert.True(File.Exists(other));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_a_warning_and_training_ends_well()
    {
        var options = Measured("blocked");
        File.WriteAllText(At("file"), "");
        options.Reporting.TensorBoardFolder = At("file");
        using var model = Fit(options);

        Assert.Equal(Steps, model.History.Count);
        Assert.Contains(At("file"), Assert.Single(Warnings), StringComparison.Ordinal);
    }

    private AsftOptions Measured(string output)
    {
        var options = Options(output);
        options.Validation.Data = Data();
        options.Validation.EverySteps = 2;
        options.Checkpoints.EverySteps = 2;
        options.Reporting.TensorBoardFolder = At(output, "tensorboard");
        return options;
    }

    private IReadOnlyList<(string Tag, long Step, float Value, double Time)> Scalars(string output) =>
        EventFile.ReadScalars(Assert.Single(Directory.GetFiles(At(output, "tensorboard"), "events.out.tfevents.*.asft")));

    // What the clock and the machine decide is different each time.
    private static IEnumerable<(string Tag, long Step, float Value)> Numbers(IEnumerable<(string Tag, long Step, float Value, double Time)> scalars) => scalars
        .Where(s => s.Tag is not ("train/tokens_per_second" or "train/memory_bytes"))
        .Select(s => (s.Tag, s.Step, s.Value)).OrderBy(s => s.Tag, StringComparer.Ordinal).ThenBy(s => s.Step);

    private static void AssertLike(
        string log, IReadOnlyList<(string Tag, long Step, float Value, double Time)> scalars, params (string Tag, string Name)[] names)
    {
        var lines = File.ReadLines(log).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.True(lines.Length > 2);
        Assert.All(names, name => Assert.Equal(
            lines.Select(line => (line.GetProperty("step").GetInt64(), (float)line.GetProperty(name.Name).GetDouble())),
            scalars.Where(s => s.Tag == name.Tag).Select(s => (s.Step, s.Value))));
    }
}
