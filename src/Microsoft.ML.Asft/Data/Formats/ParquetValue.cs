using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>Values of Parquet columns as text: text unchanged, lists and structures as JSON.</summary>
internal static class ParquetValue
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="NotSupportedException">It is bytes, or its type has no text form.</exception>
    public static string ToText(object? value)
    {
        switch (value)
        {
            case null:
                return "";
            case string text:
                return text;
            case IDictionary or IEnumerable:
                using (var json = new MemoryStream())
                {
                    using (var writer = new Utf8JsonWriter(json, Options))
                    {
                        Write(writer, value);
                    }
                    return System.Text.Encoding.UTF8.GetString(json.GetBuffer(), 0, (int)json.Length);
                }
            default:
                return Scalar(value);
        }
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case byte[]:
                throw new NotSupportedException("it holds bytes, which are not text");
            case IDictionary members:
                writer.WriteStartObject();
                foreach (DictionaryEntry member in members)
                {
                    writer.WritePropertyName(member.Key as string ?? Scalar(member.Key));
                    Write(writer, member.Value);
                }
                writer.WriteEndObject();
                break;
            case IEnumerable items:
                writer.WriteStartArray();
                foreach (object? item in items)
                {
                    Write(writer, item);
                }
                writer.WriteEndArray();
                break;
            case float.NaN or double.NaN or float.PositiveInfinity or float.NegativeInfinity or double.PositiveInfinity or double.NegativeInfinity:
                writer.WriteStringValue(Scalar(value));
                break;
            case bool or sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal:
                writer.WriteRawValue(Scalar(value));
                break;
            default:
                writer.WriteStringValue(Scalar(value));
                break;
        }
    }

    private static string Scalar(object value) => value switch
    {
        bool truth => truth ? "true" : "false",
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"it holds {value.GetType().Name}, which is not text"),
    };
}
