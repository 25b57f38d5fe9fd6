using Microsoft.ML.Asft.Hub;
using Spectre.Console;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Shows the progress of a download: a bar on a terminal, otherwise a line for each file.</summary>
internal static class DownloadDisplay
{
    public static T Show<T>(CommandConsole console, Func<IProgress<HubProgress>, T> download, CancellationToken cancellationToken)
    {
        if (!console.ErrorIsTerminal || console.Verbose)
        {
            int told = 0;
            return download(new Listener(p =>
            {
                if (p.FilesDone > told)
                {
                    told = p.FilesDone;
                    console.Note($"{p.FilesDone}/{p.Files} files, {p.Received / 1e6:F1} of {p.Total / 1e6:F1} MB: {p.File}");
                }
            }));
        }

        return console.Live().Progress()
            .Columns(new ProgressBarColumn { Width = 30 }, new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn(),
                new TaskDescriptionColumn())
            .Start(context =>
            {
                var task = context.AddTask("asking the Hub").IsIndeterminate();
                using var stopping = cancellationToken.Register(() => task.Description = Interruption.Message);
                return download(new Listener(p => task.IsIndeterminate(false).MaxValue(Math.Max(1, p.Total)).Value(p.Received)
                    .Description($"{p.FilesDone}/{p.Files} files")));
            });
    }

    // Progress<T> would report from another thread, later.
    private sealed class Listener(Action<HubProgress> listen) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => listen(value);
    }
}
