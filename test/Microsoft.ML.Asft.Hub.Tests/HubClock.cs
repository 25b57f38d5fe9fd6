namespace Microsoft.ML.Asft.Hub.Tests;

/// <summary>
/// A clock on which the wait before another try is over at once, and that for a silent server when the server is silent for good: however
/// busy the machine is, no answer that comes is too late.
/// </summary>
/// <param name="isSilent">Whether all that the server will send has come.</param>
internal sealed class HubClock(Func<bool> isSilent) : TimeProvider
{
    private static readonly TimeSpan StallTimeout = new HubClientOptions().StallTimeout;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime != StallTimeout || isSilent() ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, period);
}
