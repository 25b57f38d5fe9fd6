namespace Microsoft.ML.Asft.Options;

/// <summary>The schedule of the learning rate after the warmup.</summary>
public enum LearningRateSchedule
{
    /// <summary>It falls to zero along half a cosine wave.</summary>
    Cosine,

    /// <summary>It falls to zero linearly.</summary>
    Linear,

    /// <summary>It stays constant.</summary>
    Constant,
}
