using Microsoft.ML.Asft.Text;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>The rows that <c>--data</c> names.</summary>
internal static class InputRows
{
    public const string StandardInput = "-";

    /// <summary>Loads JSON Lines whatever their fields.</summary>
    /// <exception cref="CommandException">The file is not there.</exception>
    public static IDataView Load(MLContext mlContext, string path, string option = "--data", RowPolicy invalidLines = RowPolicy.Refuse) =>
        path == StandardInput || File.Exists(path)
        ? mlContext.Data.LoadFromJsonLines(path, invalidLines)
        : throw new CommandException($"There is no file '{path}'; correct {option}.");

    /// <summary>Loads JSON Lines that have what the options ask for.</summary>
    /// <exception cref="CommandException">The file is not there, or has no such field.</exception>
    public static IDataView Load(MLContext mlContext, string path, AsftOptions options, bool withResponse, string optionName = "--data")
    {
        var rows = Load(mlContext, path, optionName, options.InvalidRows);
        if (rows.Schema.GetColumnOrNull(options.MessagesColumnName!) is null)
        {
            Require(options.PromptColumnName, "--prompt-column");
            if (withResponse)
            {
                Require(options.ResponseColumnName, "--response-column");
            }
        }

        return rows;

        void Require(string field, string option)
        {
            if (rows.Schema.GetColumnOrNull(field) is null)
            {
                string fields = string.Join(", ", rows.Schema.Select(column => column.Name));
                throw new CommandException(
                    $"The data in {Describe(path)} has no field '{field}'; it has {fields}. Say with {option} which one it is.");
            }
        }
    }

    public static string Describe(string path) => path == StandardInput ? "standard input" : $"'{path}'";
}
