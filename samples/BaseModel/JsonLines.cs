using System.Text.Encodings.Web;
using System.Text.Json;

namespace BaseModel;

/// <summary>Reads and writes rows, one JSON object on each line, with the same bytes on every system.</summary>
internal static class JsonLines
{
    // Apostrophes are not escaped: people read these files too.
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string path, IEnumerable<Row> rows)
    {
        using var writer = new StreamWriter(path) { NewLine = "\n" };
        foreach (var row in rows)
        {
            writer.WriteLine(JsonSerializer.Serialize(row, Options));
        }
    }

    public static IReadOnlyList<Row> Read(string path)
        => [.. File.ReadLines(path).Select((line, i) => JsonSerializer.Deserialize<Row>(line)
            ?? throw new InvalidDataException($"{path}, line {i + 1}: not a row."))];
}
