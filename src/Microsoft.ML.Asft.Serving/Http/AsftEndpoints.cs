using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>The routes, and their common parts: keys, errors, counting.</summary>
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
        Route("GET", "/v1/models/{**name}", http =>
        {
            // A name may have a slash, as on the Hugging Face Hub. Clients send it with or without an escape.
            api.RequireModel(Uri.UnescapeDataString((string?)http.Request.RouteValues["name"] ?? api.ModelName));
            return ApiJson.WriteAsync(http.Response, 200, Model(api));
        });
        Route("GET", "/health", http => ApiJson.WriteAsync(http.Response, 200, new JsonObject { ["status"] = "ok" }), needsKey: false);
        Route("GET", "/metrics", async http => await ApiJson.WriteAsync(
            http.Response, "text/plain; version=0.0.4; charset=utf-8", await api.Metrics.WriteAsync(http.RequestAborted)));
        routes.MapFallback(http => GuardAsync(api, logger, "other", http, needsKey: true, _ => throw new ApiException(
            404, $"There is nothing at {http.Request.Method} {http.Request.Path}.", code: "unknown_url")));

        void Route(string method, string path, Func<HttpContext, Task> answer, bool needsKey = true)
        {
            string[] methods = method == "GET" ? ["GET", "HEAD"] : [method];
            routes.MapMethods(path, methods, http => GuardAsync(api, logger, path, http, needsKey, answer));
            routes.Map(path, http => GuardAsync(api, logger, path, http, needsKey, _ => throw new ApiException(
                405, $"{http.Request.Path} answers {string.Join(" and ", methods)}, not {http.Request.Method}.", code: "method_not_allowed")
            {
                Allow = methods,
            }));
        }
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
            http.Response.StatusCode = 499;   // only the counters see it
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

            if (failure.Allow is { } methods)
            {
                http.Response.Headers.Allow = string.Join(", ", methods);
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
