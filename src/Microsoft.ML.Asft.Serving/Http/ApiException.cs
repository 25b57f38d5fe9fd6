using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>An answer other than 200, in the format of OpenAI's errors.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">The problem and how to fix it.</param>
/// <param name="param">The request's field with the problem.</param>
/// <param name="code">An identifier for programs.</param>
internal sealed class ApiException(int status, string message, string? param = null, string? code = null) : Exception(message)
{
    public int Status { get; } = status;

    /// <summary>Gets the seconds until a retry.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Gets the allowed methods, if this one is not allowed.</summary>
    public IReadOnlyList<string>? Allow { get; init; }

    public static ApiException Invalid(string param, string message, string? code = null) => new(400, message, param, code);

    public JsonObject ToJson() => new()
    {
        ["error"] = new JsonObject
        {
            ["message"] = Message,
            ["type"] = Status switch
            {
                401 => "authentication_error",
                429 => "rate_limit_error",
                >= 500 => "server_error",
                _ => "invalid_request_error",
            },
            ["param"] = param,
            ["code"] = code,
        },
    };
}
