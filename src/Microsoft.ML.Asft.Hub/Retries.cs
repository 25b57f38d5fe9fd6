namespace Microsoft.ML.Asft.Hub;

/// <summary>Retries transient failures, with growing delays.</summary>
internal sealed class Retries(HubClientOptions options)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>Runs an action with retries.</summary>
    /// <param name="attempt">The action. It reports its progress, such as bytes, before it fails.</param>
    /// <param name="progress">Its progress; an attempt with progress resets the count.</param>
    /// <param name="cancellationToken">Also cancels the delay.</param>
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

    // Up to a quarter of random jitter, so that many clients do not retry at the same time.
    private TimeSpan WaitAfter(int failures, TimeSpan? asked)
    {
        var wait = asked is { } time && time > TimeSpan.Zero ? time : options.RetryDelay * Math.Pow(2, failures - 1);
        return (wait < LongestWait ? wait : LongestWait) * (1 + (Random.Shared.NextDouble() / 4));
    }
}
