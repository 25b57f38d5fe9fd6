using System.Globalization;
using Microsoft.ML.Asft.Evaluation.Runs;
using Spectre.Console;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Shows the progress of an evaluation: a bar with the mean so far on a terminal, otherwise a line for every tenth part.</summary>
internal static class EvaluationDisplay
{
    private const int PlainLines = 10;

    public static T Show<T>(
        CommandConsole console, string prefix, Func<IProgress<EvaluationProgress>, T> evaluate, CancellationToken cancellationToken)
    {
        if (!console.ErrorIsTerminal || console.Verbose)
        {
            int told = 0;
            return evaluate(new Listener(p =>
            {
                int share = p.Total == 0 ? 0 : p.Done * PlainLines / p.Total;
                if (share > told)
                {
                    told = share;
                    console.Note($"{prefix}{p.Done}/{p.Total} items  {Figure(p)}");
                }
            }));
        }

        return console.Live().Progress()
            .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask($"{prefix}reading the data").IsIndeterminate();
                using var stopping = cancellationToken.Register(() => task.Description = Interruption.Message);
                return evaluate(new Listener(p => task.IsIndeterminate(false).MaxValue(p.Total).Value(p.Done)
                    .Description($"{prefix}{p.Done}/{p.Total} items  {Figure(p)}")));
            });
    }

    private static string Figure(EvaluationProgress p) => double.IsNaN(p.Score) ? "" : p.Score.ToString("G4", CultureInfo.InvariantCulture);

    // Progress<T> would report from another thread, later.
    private sealed class Listener(Action<EvaluationProgress> listen) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => listen(value);
    }
}
