using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Asft.Checkpoints;

namespace Microsoft.ML.Asft.Evaluation.Alpaca;

/// <summary>An instruction with a model's answer to it, in the format of AlpacaEval's <c>model_outputs.json</c>.</summary>
/// <param name="Instruction">The instruction.</param>
/// <param name="Output">The answer; empty in a set of instructions only.</param>
public sealed record AlpacaOutput(string Instruction, string Output)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    /// <summary>Gets the data set of the instruction, such as <c>helpful_base</c>.</summary>
    public string? Dataset { get; init; }

    /// <summary>Gets the name of the model that answered.</summary>
    public string? Generator { get; init; }

    /// <summary>Reads a file: one JSON list, as in AlpacaEval, or one object on each line.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It has another format, or is empty; the message says where.</exception>
    public static IReadOnlyList<AlpacaOutput> ReadAll(string path)
    {
        try
        {
            string text = File.ReadAllText(path);
            var rows = text.TrimStart().StartsWith('[')
                ? JsonSerializer.Deserialize<List<AlpacaOutput>>(text, Json)!
                : [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Select(line => JsonSerializer.Deserialize<AlpacaOutput>(line, Json)!)];
            int bad = rows.FindIndex(row => string.IsNullOrEmpty(row?.Instruction));
            return rows.Count == 0 ? throw new InvalidDataException($"{path} has no rows.")
                : bad >= 0 ? throw new InvalidDataException($"{path}, row {bad + 1}: it has no instruction.")
                : [.. rows.Select(row => row with { Output = row.Output ?? "" })];
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} is not a list of objects with instruction and output: {error.Message}", error);
        }
    }

    /// <summary>Writes a file in AlpacaEval's format, atomically.</summary>
    /// <param name="path">The file.</param>
    /// <param name="outputs">The rows to write.</param>
    public static void WriteAll(string path, IReadOnlyList<AlpacaOutput> outputs) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(outputs, Json) + "\n");
}
