using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Shows training as it goes: a bar with the last step's figures on a terminal, plain lines elsewhere.</summary>
internal static class TrainingDisplay
{
    // So many lines at most for a run of any length, where they do not overwrite each other.
    private const int PlainLines = 50;

    /// <summary>Runs the training and shows what it reports.</summary>
    public static T Show<T>(CommandConsole console, Func<IProgress<AsftProgress>, T> train, CancellationToken cancellationToken)
    {
        if (!console.ErrorIsTerminal || console.Verbose)
        {
            return train(new StepListener(p =>
            {
                if (p.Step == 1 || p.Step == p.TotalSteps || p.Step % Math.Max(1, p.TotalSteps / PlainLines) == 0)
                {
                    console.Note($"step {p.Step}/{p.TotalSteps}  {Figures(p)}");
                }
            }));
        }

        var losses = new List<double>();
        string figures = "";
        return console.Live().Progress()
            .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn(), new TimesColumn())
            .UseRenderHook((bar, _) => new Rows(bar, new Paragraph(figures)))
            .Start(context =>
            {
                var task = context.AddTask("loading model and data").IsIndeterminate();
                using var stopping = cancellationToken.Register(() => task.Description = Interruption.Message);
                return train(new StepListener(p =>
                {
                    losses.Add(p.Loss);
                    figures = $"{Figures(p)}\n{Curve(losses)}";
                    task.IsIndeterminate(false).MaxValue(p.TotalSteps).Value(p.Step).Description($"step {p.Step}/{p.TotalSteps}");
                }));
            });
    }

    private static string Figures(AsftProgress p)
    {
        string kl = double.IsNaN(p.Kl) ? "" : $"  KL {p.Kl:G4}";
        return $"loss {p.Loss:G4}  cross-entropy {p.CrossEntropy:G4}{kl}  gradient {p.GradientNorm:G4}  {p.Tokens / p.Seconds:F0} tokens/s";
    }

    // The loss so far in at most 40 blocks, each the mean of an equal share of the steps.
    private static string Curve(List<double> losses)
    {
        int width = Math.Min(losses.Count, 40);
        int Start(int block) => block * losses.Count / width;
        double[] means = [.. Enumerable.Range(0, width).Select(i => losses.Take(Start(i)..Start(i + 1)).Average())];
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

    // Progress<T> would report from another thread, later.
    private sealed class StepListener(Action<AsftProgress> listen) : IProgress<AsftProgress>
    {
        public void Report(AsftProgress value) => listen(value);
    }
}
