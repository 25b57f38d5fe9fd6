namespace Microsoft.ML.Asft.Hub;

/// <summary>Tries again, after longer and longer waits, what failed in a way that may pass.</summary>
internal sealed class Retries(HubClientOptions options)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>Does something that may fail.</summary>
    /// <param name="attempt">Does it, and says what it has come to, such as bytes, before it fails.</param>
    /// <param name="progress">What it has come to; an attempt that got further starts the count again.</param>
    /// <param name="cancellationToken">Stops the waiting too.</param>
    public async Task<T> RunAsync<T>(Func<Task<T>> attempt, Func<long> progress, CancellationToken cancellationToken)
    {
        int failures = 0;
        while (true)
        {
            long before = progress();
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (HubException error) when (error.IsPassing)
            {
                failures = progress() > before ? 1 : failures + 1;
                if (failures > options.MaxRetries)
                {
                    throw;
                }

                await Task.Delay(WaitAfter(failures, error.RetryAfter), options.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Up to a quarter more by chance, so that many clients do not come back at once.
    private TimeSpan WaitAfter(int failures, TimeSpan? asked)
    {
        var wait = asked is { } time && time > TimeSpan.Zero ? time : options.RetryDelay * Math.Pow(2, failures - 1);
        return (wait < LongestWait ? wait : LongestWait) * (1 + (Random.Shared.NextDouble() / 4));
    }
}
