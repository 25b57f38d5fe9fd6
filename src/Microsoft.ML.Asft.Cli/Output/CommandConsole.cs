using System.Text.Json.Nodes;
using Spectre.Console;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>
/// Where a command reads from and writes to: its result goes to standard output, as text or as one JSON object, and all that
/// it tells on the way goes to standard error, moving where that is a terminal.
/// </summary>
internal sealed record CommandConsole(TextReader In, TextWriter Out, TextWriter Error)
{
    private readonly Lazy<IAnsiConsole> _terminal = new(() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Error) }));

    /// <summary>Gets whether standard error is a terminal, on which progress can move.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Gets whether the result is wanted as JSON.</summary>
    public bool Json { get; private init; }

    /// <summary>Gets whether more is to be told.</summary>
    public bool Verbose { get; private init; }

    /// <summary>The process's own streams.</summary>
    public static CommandConsole System() => new(Console.In, Console.Out, Console.Error)
    {
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };

    public CommandConsole With(bool json, bool verbose) => this with { Json = json, Verbose = verbose };

    /// <summary>Gives the command's result, in the form that was asked for.</summary>
    public void Result(JsonObject json, string text) => Out.WriteLine(Json ? json.ToJsonString(JsonText.Options) : text);

    /// <summary>Tells something on the way; above what moves, where something does.</summary>
    public void Note(string line)
    {
        if (ErrorIsTerminal)
        {
            Live().WriteLine(line);
        }
        else
        {
            Error.WriteLine(line);
        }
    }

    /// <summary>Does something that takes a while, with a moving sign of it on a terminal.</summary>
    public T Busy<T>(string what, Func<T> work, CancellationToken cancellationToken) => Busy(what, _ => work(), cancellationToken);

    /// <summary>Does something that takes a while and tells how far it is, elsewhere than on a terminal every hundredth time.</summary>
    public T Busy<T>(string what, Func<Action<string>, T> work, CancellationToken cancellationToken)
    {
        if (!ErrorIsTerminal)
        {
            int told = 0;
            return work(text =>
            {
                if (++told % 100 == 0)
                {
                    Note(text);
                }
            });
        }

        return Live().Status().Start(what, status =>
        {
            using var stopping = cancellationToken.Register(() => status.Status(Interruption.Message));
            return work(text => status.Status(text));
        });
    }

    /// <summary>Standard error for what moves; use it only where <see cref="ErrorIsTerminal"/>.</summary>
    public IAnsiConsole Live() => _terminal.Value;
}
