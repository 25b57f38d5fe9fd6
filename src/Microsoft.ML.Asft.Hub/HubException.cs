namespace Microsoft.ML.Asft.Hub;

/// <summary>Something cannot be downloaded; the message says what, and how to mend it.</summary>
public sealed class HubException : IOException
{
    internal HubException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    /// <summary>Gets whether trying again may help.</summary>
    internal bool IsPassing { get; init; }

    /// <summary>Gets how long the server asked to be left alone.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}
