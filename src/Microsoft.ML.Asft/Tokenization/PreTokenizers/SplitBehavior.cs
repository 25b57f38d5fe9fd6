namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>What happens to the matches at which a text is split.</summary>
internal enum SplitBehavior
{
    /// <summary>Each is a separate part.</summary>
    Isolated,

    /// <summary>They are left out.</summary>
    Removed,

    /// <summary>Each is the end of the part before it.</summary>
    MergedWithPrevious,

    /// <summary>Each is the beginning of the part after it.</summary>
    MergedWithNext,

    /// <summary>Adjacent matches form one part.</summary>
    Contiguous,
}
