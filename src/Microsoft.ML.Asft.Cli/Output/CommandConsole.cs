using System.Text.Json.Nodes;
using Spectre.Console;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>
/// Where a command reads from and writes to: its result goes to standard output, as text or as one JSON object, and all that
/// it tells on the way goes to standard error, moving where that is a terminal.
/// </summary>
internal sealed record CommandConsole(TextReader In, TextWriter Out, TextWriter Error)
{
    /// <summary>Gets whether standard output is a terminal.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Gets whether standard error is a terminal, on which progress can move.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Gets whether the result is wanted as JSON.</summary>
    public bool Json { get; private init; }

    /// <summary>Gets whether more is to be told.</summary>
    public bool Verbose { get; private init; }

    /// <summary>The process's own streams.</summary>
    public static CommandConsole System() => new(Console.In, Console.Out, Console.Error)
    {
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };

    public CommandConsole With(bool json, bool verbose) => this with { Json = json, Verbose = verbose };

    /// <summary>Gives the command's result, in the form that was asked for.</summary>
    public void Result(JsonObject json, Action<IAnsiConsole> text)
    {
        if (Json)
        {
            Out.WriteLine(json.ToJsonString(JsonText.Options));
        }
        else
        {
            text(Ansi(Out, OutIsTerminal));
        }
    }

    /// <summary>Gives the command's result, in the form that was asked for.</summary>
    public void Result(JsonObject json, string text)
    {
        Out.WriteLine(Json ? json.ToJsonString(JsonText.Options) : text);
    }

    /// <summary>Tells something on the way.</summary>
    public void Note(string line) => Error.WriteLine(line);

    /// <summary>Does something that takes a while and tells nothing on the way.</summary>
    public T Busy<T>(string what, Func<T> work) => ErrorIsTerminal ? Live().Status().Start(what, _ => work()) : work();

    /// <summary>Does something that takes a while and tells nothing on the way.</summary>
    public void Busy(string what, Action work) => Busy(what, () =>
    {
        work();
        return true;
    });

    /// <summary>Standard error for moving displays; use it only where <see cref="ErrorIsTerminal"/>.</summary>
    public IAnsiConsole Live() => Ansi(Error, ErrorIsTerminal);

    private static IAnsiConsole Ansi(TextWriter writer, bool terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!terminal)
        {
            // A file has no width to wrap at.
            console.Profile.Width = 1000;
        }

        return console;
    }
}
