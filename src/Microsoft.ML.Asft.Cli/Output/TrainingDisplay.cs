using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Shows training as it goes: a bar with the last step's figures on a terminal, plain lines elsewhere.</summary>
internal static class TrainingDisplay
{
    // So many lines at most for a run of any length, where they do not overwrite each other.
    private const int PlainLines = 50;

    /// <summary>Runs the training and shows what it reports.</summary>
    public static void Show(CommandConsole console, Action<IProgress<AsftProgress>> train, CancellationToken cancellationToken)
    {
        if (!console.ErrorIsTerminal || console.Verbose)
        {
            train(new StepListener(p =>
            {
                if (p.Step == 1 || p.Step == p.TotalSteps || p.Step % Math.Max(1, p.TotalSteps / PlainLines) == 0)
                {
                    console.Note($"step {p.Step}/{p.TotalSteps}  {Figures(p)}");
                }
            }));
            return;
        }

        var losses = new List<double>();
        string figures = "";
        console.Live().Progress()
            .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn(), new TimesColumn())
            .UseRenderHook((bar, _) => new Rows(bar, new Paragraph(figures), Curve(losses)))
            .Start(context =>
            {
                var task = context.AddTask("loading model and data").IsIndeterminate();
                using var stopping = cancellationToken.Register(() => task.Description = Interruption.Message);
                train(new StepListener(p =>
                {
                    lock (losses)
                    {
                        losses.Add(p.Loss);
                    }

                    figures = Figures(p);
                    task.IsIndeterminate(false).MaxValue(p.TotalSteps).Value(p.Step).Description($"step {p.Step}/{p.TotalSteps}");
                }));
            });
    }

    public static string Figures(AsftProgress p)
    {
        string kl = double.IsNaN(p.Kl) ? "" : $"  KL {p.Kl:G4}";
        return $"loss {p.Loss:G4}  cross-entropy {p.CrossEntropy:G4}{kl}  gradient {p.GradientNorm:G4}  {p.Tokens / p.Seconds:F0} tokens/s";
    }

    // The loss so far in at most 40 blocks, each the mean of an equal share of the steps.
    private static IRenderable Curve(List<double> losses)
    {
        double[] values;
        lock (losses)
        {
            values = [.. losses];
        }

        if (values.Length < 2)
        {
            return new Paragraph();
        }

        int width = Math.Min(values.Length, 40);
        int Start(int block) => block * values.Length / width;
        double[] means = [.. Enumerable.Range(0, width).Select(i => values[Start(i)..Start(i + 1)].Average())];
        (double low, double high) = (means.Min(), means.Max());
        char[] blocks = [.. means.Select(m => "▁▂▃▄▅▆▇█"[high > low ? (int)Math.Round((m - low) / (high - low) * 7) : 0])];
        return new Paragraph($"{means[0]:G4} {new string(blocks)} {means[^1]:G4}");
    }

    private sealed class TimesColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            string left = task.IsIndeterminate || task.RemainingTime is not { } time ? "" : $@"{time:h\:mm\:ss} left";
            return new Paragraph($@"{task.ElapsedTime:h\:mm\:ss}  {left}");
        }
    }

    // Progress<T> would report from another thread, later.
    private sealed class StepListener(Action<AsftProgress> listen) : IProgress<AsftProgress>
    {
        public void Report(AsftProgress value) => listen(value);
    }
}
