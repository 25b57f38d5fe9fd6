namespace Microsoft.ML.Asft.Hub;

/// <summary>The options of a Hub client. The defaults come from the environment.</summary>
public sealed class HubClientOptions
{
    /// <summary>Gets or sets the Hub's address.</summary>
    /// <value>The default value is the environment variable <c>HF_ENDPOINT</c>, else <c>https://huggingface.co</c>.</value>
    public Uri Endpoint { get; set; } = new(Variable("HF_ENDPOINT") ?? "https://huggingface.co");

    /// <summary>Gets or sets the access token, which is sent to <see cref="Endpoint"/> and to no other host.</summary>
    /// <value>The default value is the environment variable <c>HF_TOKEN</c>; <see langword="null"/> for public repositories.</value>
    public string? Token { get; set; } = Variable("HF_TOKEN");

    /// <summary>Gets or sets whether the client is offline. Then a folder that was downloaded before is checked and used.</summary>
    /// <value>The default value is whether the environment variable <c>HF_HUB_OFFLINE</c> is 1, true, yes or on.</value>
    public bool Offline { get; set; } = Variable("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON";

    /// <summary>Gets or sets the number of parallel downloads.</summary>
    /// <value>1 or more. The default value is 4.</value>
    public int MaxConcurrentFiles { get; set; } = 4;

    /// <summary>
    /// Gets or sets the number of retries in a row without any data (network errors, 429 or 5xx).
    /// </summary>
    /// <value>0 or more. The default value is 6.</value>
    public int MaxRetries { get; set; } = 6;

    /// <summary>
    /// Gets or sets the delay before the first retry; it doubles each time, up to a minute. A server's <c>Retry-After</c> overrides
    /// it.
    /// </summary>
    /// <value>The default value is one second.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how long a server may send nothing before the request is retried.</summary>
    /// <value>The default value is 30 seconds.</value>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the clock by which it waits.</summary>
    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value.Trim() : null;
}
