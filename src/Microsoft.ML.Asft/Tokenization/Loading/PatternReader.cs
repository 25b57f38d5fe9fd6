using Microsoft.ML.Asft.Tokenization.Patterns;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads a <c>pattern</c> of tokenizer.json: <c>{"String": …}</c> or <c>{"Regex": …}</c>.</summary>
internal static class PatternReader
{
    /// <param name="place">The pattern.</param>
    /// <param name="isSingleChar">Whether only a single UTF-16 character can match.</param>
    public static TextPattern Read(JsonPlace place, out bool isSingleChar)
    {
        if (place.TryGet("String", out JsonPlace? literal))
        {
            isSingleChar = literal.Text().Length == 1;
            return new LiteralPattern(literal.Text());
        }

        isSingleChar = false;
        JsonPlace regex = place["Regex"];
        string source = regex.Text();
        try
        {
            return RegexPattern.FromOniguruma(source);
        }
        catch (NotSupportedException exception)
        {
            throw regex.Unsupported(exception.Message);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            throw regex.Malformed($"is not a regular expression: {exception.Message}");
        }
    }
}
