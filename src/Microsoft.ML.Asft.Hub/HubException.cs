namespace Microsoft.ML.Asft.Hub;

/// <summary>A download failed; the message says why, and how to fix it.</summary>
public sealed class HubException : IOException
{
    internal HubException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    /// <summary>Gets whether a retry may help.</summary>
    internal bool IsPassing { get; init; }

    /// <summary>Gets the server's <c>Retry-After</c>.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}
