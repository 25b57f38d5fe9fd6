using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>An answer other than 200, in the shape that OpenAI's API gives errors.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">What was wrong and how to mend it.</param>
/// <param name="param">The field of the request that it is about.</param>
/// <param name="code">A name for programs to go by.</param>
internal sealed class ApiException(int status, string message, string? param = null, string? code = null) : Exception(message)
{
    public int Status { get; } = status;

    /// <summary>Gets after how many seconds to come again.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Gets the methods that would be answered, where this one is not.</summary>
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
