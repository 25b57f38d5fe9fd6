using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Maps standard input to standard output, one JSON object on each line.</summary>
internal static class JsonLines
{
    /// <summary>Maps every line of standard input, except blank lines.</summary>
    /// <exception cref="CommandException">A line is invalid.</exception>
    public static void Map(CommandConsole console, CancellationToken cancellationToken, Func<Line, JsonObject> map)
    {
        for (int number = 1; console.In.ReadLine() is { } text; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!string.IsNullOrWhiteSpace(text))
            {
                console.Out.WriteLine(Map(new Line(number, Parse(number, text)), map).ToJsonString(JsonText.Options));
            }
        }
    }

    private static JsonObject Map(Line line, Func<Line, JsonObject> map)
    {
        try
        {
            return map(line);
        }
        catch (InvalidDataException e)
        {
            throw new CommandException($"Line {line.Number} of standard input: {e.Message.TrimEnd('.')}.");
        }
    }

    private static JsonObject Parse(int number, string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject
                ?? throw new CommandException($"Line {number} of standard input is not a JSON object.");
        }
        catch (JsonException e)
        {
            throw new CommandException($"Line {number} of standard input is not JSON: {e.Message}");
        }
    }

    /// <summary>A line with its number for error messages.</summary>
    internal readonly record struct Line(int Number, JsonObject Fields)
    {
        /// <exception cref="CommandException">The field is missing or of another type.</exception>
        public T Require<T>(string field) =>
            Get<T>(field) ?? throw new CommandException($"Line {Number} of standard input has no field '{field}'.");

        /// <exception cref="CommandException">The field is of another type.</exception>
        public T? Get<T>(string field)
        {
            try
            {
                return Fields[field].Deserialize<T>(JsonText.Options);
            }
            catch (JsonException e)
            {
                throw new CommandException($"Line {Number} of standard input: the field '{field}' has the wrong type. {e.Message}");
            }
        }
    }
}
