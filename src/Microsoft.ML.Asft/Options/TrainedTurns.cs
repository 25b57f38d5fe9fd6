namespace Microsoft.ML.Asft.Options;

/// <summary>Which turns of the assistant are learnt.</summary>
public enum TrainedTurns
{
    /// <summary>Every one.</summary>
    All,

    /// <summary>The last one; the others are only read.</summary>
    Last,
}
