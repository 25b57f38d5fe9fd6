using System.Text.Json.Nodes;
using Spectre.Console;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>
/// The streams of a command. Its result goes to standard output, as text or as one JSON object. Messages and progress go
/// to standard error. On a terminal the progress is animated.
/// </summary>
internal sealed record CommandConsole(TextReader In, TextWriter Out, TextWriter Error)
{
    private readonly Lazy<IAnsiConsole> _terminal = new(() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Error) }));

    /// <summary>Gets whether standard error is a terminal, which can show animated progress.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Gets whether the result is wanted as JSON.</summary>
    public bool Json { get; private init; }

    /// <summary>Gets whether to print more details.</summary>
    public bool Verbose { get; private init; }

    /// <summary>The process's own streams.</summary>
    public static CommandConsole System() => new(Console.In, Console.Out, Console.Error)
    {
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };

    public CommandConsole With(bool json, bool verbose) => this with { Json = json, Verbose = verbose };

    /// <summary>Prints the command's result, as text or as JSON.</summary>
    public void Result(JsonObject json, string text) => Out.WriteLine(Json ? json.ToJsonString(JsonText.Options) : text);

    /// <summary>Prints a message; if a progress display is active, above it.</summary>
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

    /// <summary>Runs a long operation, with a spinner on a terminal.</summary>
    public T Busy<T>(string what, Func<T> work, CancellationToken cancellationToken) => Busy(what, _ => work(), cancellationToken);

    /// <summary>Runs a long operation and shows its progress. If there is no terminal, it prints every hundredth report.</summary>
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

    /// <summary>Standard error for animated progress. Use it only if <see cref="ErrorIsTerminal"/>.</summary>
    public IAnsiConsole Live() => _terminal.Value;
}
