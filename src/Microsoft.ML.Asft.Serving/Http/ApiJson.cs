using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>JSON in and out.</summary>
internal static class ApiJson
{
    // Readable in every language; the answer is never part of a web page.
    public static JsonSerializerOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a body as JSON.</summary>
    /// <exception cref="ApiException">It is too long, not UTF-8, or not JSON.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpRequest request, int limit)
    {
        if (!request.HasJsonContentType())
        {
            throw new ApiException(415, "The request must have the header 'Content-Type: application/json'.");
        }

        using var body = new MemoryStream();
        byte[] piece = new byte[16384];
        if (request.ContentLength > limit)
        {
            throw TooLong(limit);
        }

        for (int read; (read = await request.Body.ReadAsync(piece, request.HttpContext.RequestAborted)) > 0;)
        {
            body.Write(piece, 0, read);
            if (body.Length > limit)
            {
                throw TooLong(limit);
            }
        }

        var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        if (!Utf8.IsValid(bytes.Span))
        {
            throw new ApiException(400, "The body is not valid UTF-8.");
        }

        try
        {
            var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
            return HasLoneSurrogate(document.RootElement)
                ? throw new ApiException(400, "The body has an escaped half of a surrogate pair, which is no text.")
                : document;
        }
        catch (JsonException error)
        {
            throw new ApiException(400, $"The body is not JSON: {error.Message}");
        }
    }

    public static async Task WriteAsync(HttpResponse response, int status, JsonObject json)
    {
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        await response.WriteAsync(json.ToJsonString(Options), response.HttpContext.RequestAborted);
    }

    // Text of JSON may spell half a character as \uD800, which no string can be made of.
    private static bool HasLoneSurrogate(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var field in element.EnumerateObject())
                {
                    if (!IsText(() => field.Name) || HasLoneSurrogate(field.Value))
                    {
                        return true;
                    }
                }

                return false;
            case JsonValueKind.Array:
                return element.EnumerateArray().Any(HasLoneSurrogate);
            case JsonValueKind.String:
                return !IsText(element.GetString);
            default:
                return false;
        }
    }

    private static bool IsText(Func<string?> read)
    {
        try
        {
            read();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static ApiException TooLong(int limit) => new(413, $"The body is longer than {limit} bytes.");
}
