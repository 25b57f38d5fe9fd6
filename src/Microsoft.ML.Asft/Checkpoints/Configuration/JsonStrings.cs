using System.Text.Json;

namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>What JSON can spell and no string can be made of: half of a surrogate pair, as <c>\uD800</c>.</summary>
internal static class JsonStrings
{
    /// <summary>Reads every name and text that has an escape, which would be found only when somebody asks for it, or writes the whole.</summary>
    /// <exception cref="InvalidOperationException">One is no Unicode.</exception>
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
