namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>Counts the steps of a comparison, and ends it when it has taken too many.</summary>
/// <param name="limit">How many steps it may take.</param>
internal sealed class StepBudget(long limit)
{
    /// <summary>Gets how many steps were taken.</summary>
    public long Taken { get; private set; }

    /// <summary>Counts one step.</summary>
    /// <exception cref="StepLimitException">That was one step too many.</exception>
    public void Take()
    {
        if (++Taken > limit)
        {
            throw new StepLimitException();
        }
    }
}
