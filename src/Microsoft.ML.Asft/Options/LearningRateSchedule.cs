namespace Microsoft.ML.Asft.Options;

/// <summary>How the learning rate moves after the warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>Falls to zero along half a cosine.</summary>
    Cosine,

    /// <summary>Falls to zero along a straight line.</summary>
    Linear,

    /// <summary>Stays as it is.</summary>
    Constant,
}
