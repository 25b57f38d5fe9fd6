using Microsoft.ML.Runtime;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>ML.NET's context for a command.</summary>
internal static class ContextLog
{
    /// <summary>Makes a context that writes its warnings to standard error, and with <c>--verbose</c> its whole log.</summary>
    public static MLContext CreateContext(this CommandConsole console)
    {
        var mlContext = new MLContext();
        mlContext.Log += (_, e) =>
        {
            if (console.Verbose)
            {
                console.Note(e.Message);
            }
            else if (e.Kind == ChannelMessageKind.Warning)  // an error ends the command, with the same sentence
            {
                console.Note(e.RawMessage);
            }
        };

        return mlContext;
    }
}
