namespace Microsoft.ML.Asft.Cli.Commands.Export;

/// <summary><c>asft export</c>: models in other programs' formats, one subcommand for each format.</summary>
internal sealed class ExportCommand : System.CommandLine.Command
{
    public ExportCommand()
        : base("export", "Writes models for other programs.")
    {
        foreach (var command in Commands)
        {
            Add(command);
        }
    }

    public IReadOnlyList<AsftCommand> Commands { get; } = [new GgufCommand(), new OnnxCommand()];
}
