namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>What becomes of the matches a text is split at.</summary>
internal enum SplitBehavior
{
    /// <summary>Each is a part of its own.</summary>
    Isolated,

    /// <summary>They are left out.</summary>
    Removed,

    /// <summary>Each ends the part before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the part after it.</summary>
    MergedWithNext,

    /// <summary>Neighbours among them are one part together.</summary>
    Contiguous,
}
