using TorchSharp;
using TorchSharp.Modules;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>
/// A run's scalars as an event file for TensorBoard: the same as <c>training_log.jsonl</c> and <c>validation_log.jsonl</c>, under Hugging Face's names. A
/// resumed run writes the file again, because TensorBoard would draw the steps twice that a killed run did after its last checkpoint.
/// </summary>
/// <param name="folder">The folder, which TensorBoard takes for one run.</param>
/// <param name="warn">Receives a warning if the file cannot be written.</param>
internal sealed class TensorBoardLog(string folder, Action<string> warn)
{
    // The end of the file's name, by which an earlier run's is known.
    private const string Suffix = "asft";

    private SummaryWriter? _writer;
    private bool _hasFailed;

    /// <summary>Deletes what an earlier run left, and writes what a resumed run takes over.</summary>
    /// <param name="steps">The steps done.</param>
    /// <param name="validations">What was measured.</param>
    public void Begin(IReadOnlyList<AsftProgress> steps, IReadOnlyList<AsftValidation> validations) => Write(() =>
    {
        if (Directory.Exists(folder))
        {
            foreach (string earlier in Directory.GetFiles(folder, $"events.out.tfevents.*.{Suffix}"))
            {
                File.Delete(earlier);
            }
        }

        // When each step ended is not kept, but how long it took.
        double secondsAgo = steps.Sum(s => s.Seconds);
        foreach (var step in steps)
        {
            secondsAgo -= step.Seconds;
            Add(step, Now() - (long)secondsAgo);
        }

        foreach (var measured in validations)
        {
            Add(measured, Now() - (long)steps.Where(s => s.Step > measured.Step).Sum(s => s.Seconds));
        }
    });

    /// <summary>Adds what a step did.</summary>
    public void Add(AsftProgress step) => Write(() => Add(step, Now()));

    /// <summary>Adds what was measured.</summary>
    public void Add(AsftValidation measured) => Write(() => Add(measured, Now()));

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private void Add(AsftProgress step, long time)
    {
        Add(
            step.Step, time,
            ("train/loss", step.Loss), ("train/cross_entropy", step.CrossEntropy), ("train/weighted_cross_entropy", step.WeightedCrossEntropy),
            ("train/token_accuracy", step.TokenAccuracy), ("train/grad_norm", step.GradientNorm),
            ("train/learning_rate", step.LearningRate), ("train/epoch", step.Epoch), ("train/tokens_per_second", step.Tokens / step.Seconds),
            ("train/memory_bytes", step.MemoryBytes));
        if (!double.IsNaN(step.Kl))     // as it is at every step of an objective without an anchor
        {
            Add(step.Step, time, ("train/kl", step.Kl));
        }
    }

    private void Add(AsftValidation measured, long time) => Add(
        measured.Step, time,
        ("eval/loss", measured.Loss), ("eval/cross_entropy", measured.CrossEntropy), ("eval/perplexity", measured.Perplexity),
        ("eval/token_accuracy", measured.TokenAccuracy), ("eval/kl", measured.Kl));

    private void Add(int step, long time, params ReadOnlySpan<(string Tag, double Value)> scalars)
    {
        _writer ??= torch.utils.tensorboard.SummaryWriter(folder, Suffix);
        foreach (var (tag, value) in scalars)
        {
            _writer.add_scalar(tag, (float)value, step, time);
        }
    }

    // A full disk must not end a run. A half-written record would hide what comes after it, so nothing does.
    private void Write(Action write)
    {
        if (_hasFailed)
        {
            return;
        }

        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _hasFailed = true;
            warn($"The event file in '{folder}' cannot be written and ends here; training_log.jsonl has everything: {e.Message}");
        }
    }
}
