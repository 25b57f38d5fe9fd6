using TorchSharp;
using TorchSharp.Modules;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>
/// Writes a run's scalars to an event file for TensorBoard: those of <c>training_log.jsonl</c> and <c>validation_log.jsonl</c>, by Hugging Face's names. A
/// resumed run writes the file again from the start. Otherwise TensorBoard would draw the steps after the last checkpoint of a killed run twice.
/// </summary>
/// <param name="folder">The folder. TensorBoard treats a folder as one run.</param>
/// <param name="warn">Receives a warning if the file cannot be written.</param>
internal sealed class TensorBoardLog(string folder, Action<string> warn)
{
    // The end of the file's name, which identifies the files of earlier runs.
    private const string Suffix = "asft";

    private SummaryWriter? _writer;
    private bool _hasFailed;

    /// <summary>Deletes the files of earlier runs, and writes the steps before a resumed run's checkpoint.</summary>
    /// <param name="steps">The results of the steps before the checkpoint.</param>
    /// <param name="validations">The results of the validations before the checkpoint.</param>
    public void Begin(IReadOnlyList<AsftProgress> steps, IReadOnlyList<AsftValidation> validations) => Write(() =>
    {
        if (Directory.Exists(folder))
        {
            foreach (string earlier in Directory.GetFiles(folder, $"events.out.tfevents.*.{Suffix}"))
            {
                File.Delete(earlier);
            }
        }

        // The log has the duration of each step but not its time, so times are computed backwards from now.
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

    /// <summary>Adds the results of a step.</summary>
    public void Add(AsftProgress step) => Write(() => Add(step, Now()));

    /// <summary>Adds the results of a validation.</summary>
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
        if (!double.IsNaN(step.Kl))     // NaN for an objective without an anchor
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

    // A full disk must not end a run. After a half-written record TensorBoard could not read later records, so nothing more is written.
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
            warn($"The event file in '{folder}' cannot be written and ends here. training_log.jsonl has all steps. {e.Message}");
        }
    }
}
