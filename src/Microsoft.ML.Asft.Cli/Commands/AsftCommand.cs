using System.CommandLine;
using Microsoft.ML.Asft.Cli.Output;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary>A command of the tool: its options, its examples and what it does.</summary>
// Qualified here and elsewhere, since the real ML.NET has a namespace Microsoft.ML.Command, which is nearer.
internal abstract class AsftCommand(string name, string description) : System.CommandLine.Command(name, description)
{
    /// <summary>Gets command lines for the end of the help, without the tool's name.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>Runs the command; any exception ends the tool with its message on standard error.</summary>
    public abstract void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken);
}
