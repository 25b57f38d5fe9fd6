namespace Microsoft.ML.Asft.Options;

/// <summary>Which turns of the assistant are trained on.</summary>
public enum TrainedTurns
{
    /// <summary>All turns.</summary>
    All,

    /// <summary>Only the last turn. The others are context.</summary>
    Last,
}
