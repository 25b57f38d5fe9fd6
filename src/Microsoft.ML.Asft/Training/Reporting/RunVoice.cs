using Microsoft.Extensions.Logging;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>What a run says, to ML.NET's log and to the logger of the options. The first of several workers speaks for all.</summary>
internal sealed class RunVoice(IChannel channel, ILogger? logger, IWorkerGroup workers)
{
    /// <summary>Says what happens at every step.</summary>
    public void Trace(string text) => Say(ChannelMessageKind.Info, LogLevel.Debug, text);

    public void Tell(string text) => Say(ChannelMessageKind.Info, LogLevel.Information, text);

    public void Warn(string text) => Say(ChannelMessageKind.Warning, LogLevel.Warning, text);

    private void Say(ChannelMessageKind kind, LogLevel level, string text)
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
