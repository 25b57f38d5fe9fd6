using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>The learning rate of each step. It rises linearly during the warmup, then follows the schedule.</summary>
internal sealed class LearningRateCurve(LearningRateSchedule schedule, double peak, double warmupRatio, int totalSteps, int? warmupSteps = null)
{
    private readonly int _warmupSteps = warmupSteps ?? (int)Math.Ceiling(warmupRatio * totalSteps);

    /// <summary>The learning rate of a step, counted from 0.</summary>
    public double At(int step)
    {
        if (step < _warmupSteps)
        {
            return peak * (step + 1) / _warmupSteps;
        }

        double progress = (step - _warmupSteps) / (double)Math.Max(1, totalSteps - _warmupSteps);
        return schedule switch
        {
            LearningRateSchedule.Constant => peak,
            LearningRateSchedule.Linear => peak * (1 - progress),
            _ => peak * 0.5 * (1 + Math.Cos(Math.PI * progress)),
        };
    }
}
