using Microsoft.Extensions.Logging;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>Writes a run's messages to ML.NET's log and to the logger of the options. With several workers only the first one writes.</summary>
internal sealed class RunLogger(IChannel channel, ILogger? logger, IWorkerGroup workers)
{
    /// <summary>Logs a message about a single step. In ML.NET's log its level is Info, because there is no lower one.</summary>
    public void Debug(string text) => Log(ChannelMessageKind.Info, LogLevel.Debug, text);

    public void Information(string text) => Log(ChannelMessageKind.Info, LogLevel.Information, text);

    public void Warning(string text) => Log(ChannelMessageKind.Warning, LogLevel.Warning, text);

    private void Log(ChannelMessageKind kind, LogLevel level, string text)
    {
        if (workers.Rank > 0)
        {
            return;
        }

        if (kind == ChannelMessageKind.Warning)
        {
            channel.Warning(MessageSensitivity.None, "{0}", text);
        }
        else
        {
            channel.Info(MessageSensitivity.None, "{0}", text);
        }

        logger?.Log(level, "{Message}", text);
    }
}
