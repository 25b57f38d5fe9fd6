using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Standard input to standard output, a JSON object a line.</summary>
internal static class JsonLines
{
    /// <summary>Maps every line of standard input that is not blank.</summary>
    /// <exception cref="CommandException">A line is not what it should be.</exception>
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

    /// <summary>A line, and the number to complain about it with.</summary>
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
                throw new CommandException($"Line {Number} of standard input: the field '{field}' is not as it should be. {e.Message}");
            }
        }
    }
}
