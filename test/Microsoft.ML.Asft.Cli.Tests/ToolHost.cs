using System.Diagnostics;
using Microsoft.ML.Asft.Cli.Output;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>
/// The tool as a process that stops itself at a point of <see cref="RunPoints"/>, or when it tells something. This assembly is the program:
/// its arguments are what to do, the beginning of the point's name, at which of such points, and the tool's command line.
/// </summary>
internal static class ToolHost
{
    private const string Go = "go on when cancelled";
    private const string Held = "held at ";

    /// <summary>Starts the tool, to write the name of each point as a line of a file.</summary>
    public static Process List(string file, params string[] args) => Start("list", file, 1, args);

    /// <summary>Starts the tool, to be killed at a point.</summary>
    public static Process KillAt(string point, int count, params string[] args) => Start("kill", point, count, args);

    /// <summary>Starts the tool, and waits until it has stopped at a point, where it stays.</summary>
    public static async Task<Process> HoldAt(string point, int count, params string[] args)
    {
        var process = Start("hold", point, count, args);
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Held, StringComparison.Ordinal))
            {
                return process;
            }
        }

        throw new InvalidOperationException($"The tool ended before it came to '{point}' for the {count}. time.");
    }

    /// <summary>Lets a held process run on once it knows that it was interrupted.</summary>
    public static Task LetGoWhenCancelled(Process process) => process.StandardInput.WriteLineAsync(Go);

    public static async Task<int> Main(string[] args)
    {
        using var interruption = new Interruption(Console.Error);

        // Registered first and so called last: tokens that are linked to this one are cancelled by then.
        using var cancelled = new ManualResetEventSlim();
        using var registration = interruption.Token.Register(cancelled.Set);
        Action action = args[0] == "kill" ? RunPoints.KillThisProcess : () => Hold(args[1], cancelled);
        int left = int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture);
        using var list = args[0] == "list" ? new StreamWriter(args[1]) { AutoFlush = true } : null;
        using var listener = RunPoints.Listen(Reach);
        var console = new CommandConsole(Console.In, Console.Out, new Telling(Console.Error, line => Reach($"tell {line}")));
        return await AsftCommandLine.RunAsync(args[3..], console, interruption.Token);

        void Reach(string point)
        {
            list?.WriteLine(point);
            if (list is null && point.StartsWith(args[1], StringComparison.Ordinal) && --left == 0)
            {
                action();
            }
        }
    }

    private static Process Start(string action, string point, int count, string[] args) => ToolProcess.StartProgram(
        "dotnet", [typeof(ToolHost).Assembly.Location, action, point, $"{count}", .. args]);

    private static void Hold(string point, ManualResetEventSlim cancelled)
    {
        Console.Error.WriteLine(Held + point);
        if (Console.In.ReadLine() == Go)
        {
            cancelled.Wait();
        }
    }

    private sealed class Telling(TextWriter inner, Action<string> tell) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            inner.WriteLine(value);
            tell(value ?? "");
        }
    }
}
