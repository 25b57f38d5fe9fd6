using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>Reads <see cref="MultipleChoiceQuestion"/>s of the layouts of <see cref="MultipleChoiceFormat"/>.</summary>
internal static class MultipleChoiceReader
{
    private const int MostOptions = 26;

    private static readonly string[] MedMcqaOptions = ["opa", "opb", "opc", "opd"];
    private static readonly string[] SubjectColumns = ["subject", "subject_name", "meta_info", "category"];

    public static IReadOnlyList<MultipleChoiceQuestion> Read(IReadOnlyList<Dictionary<string, string>> rows, MultipleChoiceFormat format)
    {
        format = format == MultipleChoiceFormat.Auto ? FormatOf(rows[0]) : format;
        var questions = new List<MultipleChoiceQuestion>(rows.Count);
        foreach (var row in rows)
        {
            try
            {
                questions.Add(Read(row, format));
            }
            catch (Exception error) when (error is InvalidDataException or JsonException)
            {
                throw new InvalidDataException($"Row {questions.Count + 1}: {error.Message}", error);
            }
        }

        return questions;
    }

    private static MultipleChoiceFormat FormatOf(Dictionary<string, string> row) =>
        row.ContainsKey("opa") ? MultipleChoiceFormat.MedMcqa
        : row.ContainsKey("answer_idx") ? MultipleChoiceFormat.MedQa
        : row.TryGetValue("answer", out string? answer) && row.ContainsKey("choices")
            && int.TryParse(answer, CultureInfo.InvariantCulture, out _)
            ? MultipleChoiceFormat.Mmlu
        : MultipleChoiceFormat.Generic;

    private static MultipleChoiceQuestion Read(Dictionary<string, string> row, MultipleChoiceFormat format)
    {
        var (letters, options) = format == MultipleChoiceFormat.MedMcqa
            ? (Letters(MedMcqaOptions.Length), (IReadOnlyList<string>)[.. MedMcqaOptions.Select(name => Field(row, name))])
            : Options(row);
        if (options.Count is < 2 or > MostOptions)
        {
            throw new InvalidDataException($"it has {options.Count} options; a question has 2 to {MostOptions}.");
        }

        int answer = format switch
        {
            MultipleChoiceFormat.MedQa => letters.IndexOf(Field(row, "answer_idx").Trim()),
            MultipleChoiceFormat.MedMcqa => IndexOf(Field(row, "cop"), options.Count),
            MultipleChoiceFormat.Mmlu => IndexOf(Field(row, "answer"), options.Count),
            _ => AnswerOf(Field(row, "answer").Trim(), letters, options),
        };
        if (answer < 0)
        {
            string column = format switch
            {
                MultipleChoiceFormat.MedQa => "answer_idx",
                MultipleChoiceFormat.MedMcqa => "cop",
                _ =>
                "answer"
            };
            throw new InvalidDataException(
                $"column '{column}' is '{row[column]}', which is none of its {options.Count} options. Remove rows without an answer.");
        }

        return new MultipleChoiceQuestion(Field(row, "question"), options, answer)
        {
            Subject = SubjectColumns.Select(row.GetValueOrDefault).FirstOrDefault(subject => !string.IsNullOrEmpty(subject)),
        };
    }

    // A list, an object by letter, or columns by letter.
    private static (List<string> Letters, IReadOnlyList<string> Options) Options(Dictionary<string, string> row)
    {
        string? name = row.ContainsKey("options") ? "options" : row.ContainsKey("choices") ? "choices" : null;
        if (name is null)
        {
            string[] own = [.. Letters(MostOptions).TakeWhile(letter => !string.IsNullOrEmpty(row.GetValueOrDefault(letter)))];
            return own.Length > 0 ? ([.. own], [.. own.Select(letter => row[letter])]) : throw new InvalidDataException(
                $"it has no options: none of the columns 'options', 'choices' or 'A', 'B', …. It has {string.Join(", ", row.Keys)}.");
        }

        using var json = JsonDocument.Parse(Field(row, name));
        return json.RootElement.ValueKind switch
        {
            JsonValueKind.Array => (Letters(json.RootElement.GetArrayLength()), [.. json.RootElement.EnumerateArray().Select(TextOf)]),
            JsonValueKind.Object => (
                [.. json.RootElement.EnumerateObject().Select(option => option.Name)],
                [.. json.RootElement.EnumerateObject().Select(option => TextOf(option.Value))]),
            _ => throw new InvalidDataException($"column '{name}' must be a list, or an object by letter."),
        };
    }

    private static List<string> Letters(int count) =>
        [.. Enumerable.Range(0, Math.Min(count, MostOptions)).Select(i => MultipleChoiceQuestion.LetterOf(i).ToString())];

    private static string TextOf(JsonElement option) => option.ValueKind == JsonValueKind.String ? option.GetString()!
        : option.GetRawText();

    private static int AnswerOf(string answer, List<string> letters, IReadOnlyList<string> options)
    {
        int letter = letters.FindIndex(l => l.Equals(answer, StringComparison.OrdinalIgnoreCase));
        int text = letter >= 0 ? letter : options.ToList().FindIndex(option => option.Trim() == answer);
        return text >= 0 ? text : IndexOf(answer, options.Count);
    }

    private static int IndexOf(string answer, int count) =>
        int.TryParse(answer, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int index)
            && index < count
            ? index : -1;

    private static string Field(Dictionary<string, string> row, string name) =>
        row.TryGetValue(name, out string? value) && value.Length > 0 ? value : throw new InvalidDataException(
            $"column '{name}' is missing or empty. It has {string.Join(", ", row.Keys)}.");
}
