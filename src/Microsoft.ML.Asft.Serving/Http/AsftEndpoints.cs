using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>The routes, and what is common to them: keys, errors, counting.</summary>
internal static class AsftEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, ApiContext api, ILogger logger)
    {
        Route("POST", "/v1/chat/completions", http => ChatEndpoint.AnswerAsync(api, http));
        Route("POST", "/v1/completions", http => TextEndpoint.AnswerAsync(api, http));
        Route("GET", "/v1/models", http => ApiJson.WriteAsync(http.Response, 200, new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray(Model(api)),
        }));
        Route("GET", "/v1/models/{name}", http =>
        {
            api.RequireModel((string?)http.Request.RouteValues["name"]);
            return ApiJson.WriteAsync(http.Response, 200, Model(api));
        });
        Route("GET", "/health", http => ApiJson.WriteAsync(http.Response, 200, new JsonObject { ["status"] = "ok" }), needsKey: false);
        Route("GET", "/metrics", http =>
        {
            http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return http.Response.WriteAsync(api.Metrics.Write(api.Engine.Counts));
        });
        routes.MapFallback(http => GuardAsync(api, logger, "other", http, needsKey: true, _ => throw new ApiException(
            404, $"There is nothing at {http.Request.Method} {http.Request.Path}.", code: "unknown_url")));

        void Route(string method, string path, Func<HttpContext, Task> answer, bool needsKey = true) =>
            routes.MapMethods(path, [method], http => GuardAsync(api, logger, path, http, needsKey, answer));
    }

    private static JsonObject Model(ApiContext api) => new()
    {
        ["id"] = api.ModelName,
        ["object"] = "model",
        ["created"] = api.Started,
        ["owned_by"] = "asft",
    };

    private static async Task GuardAsync(
        ApiContext api, ILogger logger, string path, HttpContext http, bool needsKey, Func<HttpContext, Task> answer)
    {
        ApiException? failure = null;
        try
        {
            if (needsKey)
            {
                api.RequireKey(http.Request);
            }

            await answer(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Response.StatusCode = 499;   // seen by nobody but the counters
        }
        catch (ApiException error)
        {
            failure = error;
        }
        catch (BadHttpRequestException error)
        {
            failure = new ApiException(error.StatusCode, error.Message);
        }
        catch (ObjectDisposedException)
        {
            failure = new ApiException(503, "The server is shutting down.");
        }
        catch (Exception error)
        {
            logger.LogError(error, "{Path} failed.", path);
            failure = new ApiException(500, $"The server failed: {error.Message}");
        }

        if (failure is not null && !http.Response.HasStarted)
        {
            http.Response.Clear();
            if (failure.RetryAfter is { } seconds)
            {
                http.Response.Headers.RetryAfter = $"{seconds}";
            }

            if (failure.Status == 401)
            {
                http.Response.Headers.WWWAuthenticate = "Bearer";
            }

            await ApiJson.WriteAsync(http.Response, failure.Status, failure.ToJson());
        }

        api.Metrics.CountRequest(path, http.Response.StatusCode);
    }
}
