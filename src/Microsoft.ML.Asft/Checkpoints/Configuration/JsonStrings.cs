using System.Text.Json;

namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>Checks for text that JSON can express but a string cannot hold: half of a surrogate pair, such as <c>\uD800</c>.</summary>
internal static class JsonStrings
{
    /// <summary>
    /// Reads every name and text that has an escape. Otherwise the error would appear only when the value is used or written.
    /// </summary>
    /// <exception cref="InvalidOperationException">One is not valid Unicode.</exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static void Check(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                _ = reader.GetString();
            }
        }
    }
}
