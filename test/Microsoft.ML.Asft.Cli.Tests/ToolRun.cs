using System.Text.Json;
using Microsoft.ML.Asft.Cli.Output;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>One run of the tool within this process, and what it wrote.</summary>
internal sealed record ToolRun(int ExitCode, string Out, string Error)
{
    /// <summary>Gets standard output as the one JSON object that it must be.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    public string[] OutLines => Lines(Out);

    public string[] ErrorLines => Lines(Error);

    public static Task<ToolRun> Of(params string[] args) => Of("", CancellationToken.None, args);

    public static async Task<ToolRun> Of(string input, CancellationToken cancellationToken, params string[] args)
    {
        var console = new CommandConsole(new StringReader(input), new StringWriter(), new StringWriter());
        int exitCode = await AsftCommandLine.RunAsync(args, console, cancellationToken);
        return new ToolRun(exitCode, console.Out.ToString()!, console.Error.ToString()!);
    }

    /// <summary>Runs what must succeed.</summary>
    public static async Task<ToolRun> Done(params string[] args)
    {
        var run = await Of(args);
        Assert.True(run.ExitCode == 0, $"asft {string.Join(' ', args)} ended with {run.ExitCode}: {run.Error}");
        return run;
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
