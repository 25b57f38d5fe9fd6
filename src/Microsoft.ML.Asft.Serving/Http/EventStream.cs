using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>An answer as server-sent events, one JSON object each, and <c>[DONE]</c> at the end.</summary>
internal sealed class EventStream(HttpResponse response)
{
    public void Begin()
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
    }

    public Task SendAsync(JsonObject json, CancellationToken cancellationToken) => WriteAsync(json.ToJsonString(ApiJson.Options), cancellationToken);

    public Task EndAsync(CancellationToken cancellationToken) => WriteAsync("[DONE]", cancellationToken);

    private async Task WriteAsync(string data, CancellationToken cancellationToken)
    {
        await response.WriteAsync($"data: {data}\n\n", cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
