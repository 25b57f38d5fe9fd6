using System.CommandLine;
using Microsoft.ML.Asft.Cli.Output;

namespace Microsoft.ML.Asft.Cli.Commands;

/// <summary>A command of the tool: its options, its examples and what it does.</summary>
// The name is qualified here and elsewhere, because ML.NET's namespace Microsoft.ML.Command would hide it.
internal abstract class AsftCommand(string name, string description) : System.CommandLine.Command(name, description)
{
    /// <summary>Gets example command lines for the end of the help, without the tool's name.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>Runs the command. An exception ends the tool with the exception's message on standard error.</summary>
    public abstract void Run(ParseResult parse, CommandConsole console, CancellationToken cancellationToken);
}
