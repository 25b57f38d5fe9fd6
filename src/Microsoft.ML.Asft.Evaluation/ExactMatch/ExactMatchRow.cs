using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Evaluation.ExactMatch;

/// <summary>A prompt with its expected response.</summary>
internal sealed record ExactMatchRow(string Prompt, string Response)
{
    public static IReadOnlyList<ExactMatchRow> ReadAll(IDataView data, AsftOptions options)
    {
        return [.. TextRows.Read(data)
            .Select((row, i) => new ExactMatchRow(Field(row, i, options.Data.PromptColumnName), Field(row, i, options.Data.ResponseColumnName)))];

        static string Field(Dictionary<string, string> row, int index, string name) =>
            row.TryGetValue(name, out string? value) && value.Length > 0 ? value : throw new InvalidDataException(
                $"Row {index + 1}: column '{name}' is missing or empty. It has {string.Join(", ", row.Keys)}.");
    }
}
