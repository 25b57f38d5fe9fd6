using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Shows the progress of training: a bar with the latest figures on a terminal, otherwise plain lines.</summary>
internal sealed class TrainingDisplay : IProgress<AsftProgress>, IProgress<AsftValidation>
{
    // The maximum number of plain lines, however long the run is.
    private const int PlainLines = 50;

    private readonly Action<AsftProgress> _step;
    private readonly Action<AsftValidation> _validation;

    private TrainingDisplay(Action<AsftProgress> step, Action<AsftValidation> validation) => (_step, _validation) = (step, validation);

    /// <summary>Runs the training and shows what it reports.</summary>
    public static T Show<T>(CommandConsole console, Func<TrainingDisplay, T> train, CancellationToken cancellationToken) =>
        !console.ErrorIsTerminal || console.Verbose ? train(Plain(console)) : ShowLive(console, train, cancellationToken);

    public void Report(AsftProgress value) => _step(value);

    public void Report(AsftValidation value) => _validation(value);

    private static TrainingDisplay Plain(CommandConsole console) => new(
        p =>
        {
            if (p.Step == 1 || p.Step == p.TotalSteps || p.Step % Math.Max(1, p.TotalSteps / PlainLines) == 0)
            {
                console.Note($"step {p.Step}/{p.TotalSteps}  {Figures(p)}");
            }
        },
        v => console.Note($"after step {v.Step}  {Figures(v)}"));

    private static T ShowLive<T>(CommandConsole console, Func<TrainingDisplay, T> train, CancellationToken cancellationToken)
    {
        var losses = new List<double>();
        (string step, string validation) = ("", "");
        return console.Live().Progress()
            .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn(), new TimesColumn())
            .UseRenderHook((bar, _) => new Rows(bar, new Paragraph(step + validation)))
            .Start(context =>
            {
                var task = context.AddTask("loading model and data").IsIndeterminate();
                using var stopping = cancellationToken.Register(() => task.Description = Interruption.Message);
                return train(new TrainingDisplay(
                    p =>
                    {
                        losses.Add(p.Loss);
                        step = $"{Figures(p)}\n{Curve([.. losses.Where(double.IsFinite)])}";
                        string description = cancellationToken.IsCancellationRequested ? Interruption.Message : $"step {p.Step}/{p.TotalSteps}";
                        task.IsIndeterminate(false).MaxValue(p.TotalSteps).Value(p.Step).Description(description);
                    },
                    v => validation = $"\nafter step {v.Step}: {Figures(v)}"));
            });
    }

    private static string Figures(AsftProgress p)
    {
        string kl = double.IsNaN(p.Kl) ? "" : $"  KL {p.Kl:G4}";
        return $"loss {p.Loss:G4}  cross-entropy {p.CrossEntropy:G4}{kl}  gradient {p.GradientNorm:G4}  {p.Tokens / p.Seconds:F0} tokens/s";
    }

    private static string Figures(AsftValidation v) =>
        $"validation loss {v.Loss:G4}  perplexity {v.Perplexity:G4}  accuracy {v.TokenAccuracy:P1}  KL {v.Kl:G4}{(v.IsBest ? "  the best so far" : "")}";

    // The loss so far in at most 40 blocks, each the mean of an equal share of the steps.
    private static string Curve(double[] losses)
    {
        if (losses.Length == 0)
        {
            return "";
        }

        int width = Math.Min(losses.Length, 40);
        int Start(int block) => block * losses.Length / width;
        double[] means = [.. Enumerable.Range(0, width).Select(i => losses[Start(i)..Start(i + 1)].Average())];
        (double low, double high) = (means.Min(), means.Max());
        char[] blocks = [.. means.Select(m => "▁▂▃▄▅▆▇█"[high > low ? (int)Math.Round((m - low) / (high - low) * 7) : 0])];
        return $"{means[0]:G4} {new string(blocks)} {means[^1]:G4}";
    }

    private sealed class TimesColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            string left = task.IsIndeterminate || task.RemainingTime is not { } time ? "" : $"{Clock(time)} left";
            return new Paragraph($"{Clock(task.ElapsedTime ?? TimeSpan.Zero)}  {left}");
        }

        private static string Clock(TimeSpan time) => $@"{(int)time.TotalHours}:{time:mm\:ss}";
    }
}
