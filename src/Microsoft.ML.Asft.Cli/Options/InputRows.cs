using System.CommandLine;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>The rows that <c>--data</c> and similar options name.</summary>
internal sealed class InputRows
{
    public const string StandardInput = "-";

    /// <param name="name">The option's name.</param>
    /// <param name="splitName">The name of the option that says which split of a folder is read.</param>
    /// <param name="description">What the rows are for.</param>
    public InputRows(string name, string splitName, string description)
    {
        Paths = new Option<string[]>(name)
        {
            HelpName = "FILE",
            Description = $"{description}: JSON Lines, JSON, CSV, TSV or Parquet, each also .gz or .zst; a folder, or a pattern. May be given several times.",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        Split = SharedOptions.Text(splitName, "NAME", $"Which split to read of a data set's folder in {name}, such as train.");
    }

    /// <summary>Gets the option with the paths.</summary>
    public Option<string[]> Paths { get; }

    /// <summary>Gets the option with the split.</summary>
    public Option<string?> Split { get; }

    /// <summary>The rows of <c>--data</c>, for training or inspection.</summary>
    public static InputRows Demonstrations() => new("--data", "--split", "Rows with a prompt and a response, or messages; - is standard input");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        command.Add(Paths);
        command.Add(Split);
        command.Only(Split, with: Paths);
    }

    /// <summary>The paths as text for messages.</summary>
    public string Describe(ParseResult parse) => Describe(parse.GetValue(Paths) ?? []);

    /// <summary>Loads the rows.</summary>
    /// <returns>The rows; <see langword="null"/> if the command line names none.</returns>
    /// <exception cref="CommandException">A file does not exist.</exception>
    public IDataView? Load(ParseResult parse, MLContext mlContext, RowPolicy invalidRows = RowPolicy.Refuse) =>
        parse.GetValue(Paths) is { Length: > 0 } paths ? Load(mlContext, paths, parse.GetValue(Split), Paths.Name, invalidRows) : null;

    /// <summary>Loads rows.</summary>
    /// <exception cref="CommandException">A file does not exist.</exception>
    public static IDataView Load(
        MLContext mlContext, IReadOnlyList<string> paths, string? split = null, string option = "--data", RowPolicy invalidRows = RowPolicy.Refuse)
    {
        try
        {
            return mlContext.Data.LoadAsftData(paths, split, invalidRows);
        }
        catch (FileNotFoundException error)
        {
            throw new CommandException($"{error.Message.TrimEnd('.')}. Correct {option}.");
        }
    }

    private static string Describe(IEnumerable<string> paths) =>
        string.Join(", ", paths.Select(path => path == StandardInput ? "standard input" : $"'{path}'"));
}
