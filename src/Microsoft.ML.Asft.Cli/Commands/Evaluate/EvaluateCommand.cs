namespace Microsoft.ML.Asft.Cli.Commands.Evaluate;

/// <summary><c>asft evaluate</c>: one subcommand for each benchmark.</summary>
internal sealed class EvaluateCommand : System.CommandLine.Command
{
    public EvaluateCommand()
        : base("evaluate", "Measures models with error bars, and compares them item by item.")
    {
        foreach (var command in Commands)
        {
            Add(command);
        }
    }

    public IReadOnlyList<AsftCommand> Commands { get; } = [new MultipleChoiceCommand(), new MathCommand(), new AlpacaCommand(),
        new JudgeCommand(), new DriftCommand()];
}
