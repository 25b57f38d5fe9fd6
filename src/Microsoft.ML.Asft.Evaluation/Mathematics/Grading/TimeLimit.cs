using System.Diagnostics;

namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>Ends a comparison that takes too long.</summary>
internal sealed class TimeLimit(TimeSpan limit)
{
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <exception cref="TimeoutException">The time limit is exceeded.</exception>
    public void Check()
    {
        if (Stopwatch.GetElapsedTime(_started) > limit)
        {
            throw new TimeoutException();
        }
    }
}
