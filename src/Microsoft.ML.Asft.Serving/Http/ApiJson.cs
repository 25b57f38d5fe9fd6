using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>Reads and writes JSON.</summary>
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
            JsonStrings.Check(bytes.Span);
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
        }
        catch (JsonException error)
        {
            throw new ApiException(400, $"The body is not valid JSON: {error.Message}");
        }
        catch (InvalidOperationException)
        {
            throw new ApiException(400, "The body has an escaped half of a surrogate pair, which is not valid text.");
        }
    }

    public static async Task WriteAsync(HttpResponse response, int status, JsonObject json)
    {
        response.StatusCode = status;
        await WriteAsync(response, "application/json; charset=utf-8", json.ToJsonString(Options));
    }

    /// <summary>Writes a whole answer. For HEAD it writes only the headers, with the length of GET's answer.</summary>
    public static async Task WriteAsync(HttpResponse response, string contentType, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
        {
            await response.Body.WriteAsync(body, response.HttpContext.RequestAborted);
        }
    }

    private static ApiException TooLong(int limit) => new(413, $"The body is longer than {limit} bytes.");
}
