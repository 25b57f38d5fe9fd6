namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>ML.NET's context for a command.</summary>
internal static class ContextLog
{
    /// <summary>Makes a context whose log goes to standard error with <c>--verbose</c>.</summary>
    public static MLContext CreateContext(this CommandConsole console)
    {
        var mlContext = new MLContext();
        if (console.Verbose)
        {
            mlContext.Log += (_, e) => console.Note(e.Message);
        }

        return mlContext;
    }
}
