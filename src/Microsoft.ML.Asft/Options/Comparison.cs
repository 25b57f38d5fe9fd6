namespace Microsoft.ML.Asft.Options;

/// <summary>How the values that two runs have for an option are compared.</summary>
internal enum Comparison
{
    /// <summary>They may differ: the numbers do not depend on them, or something else that is compared does, such as the encoded rows.</summary>
    None,

    /// <summary>A difference is reported, and the run continues.</summary>
    Warn,

    /// <summary>A difference is an error.</summary>
    MustMatch,

    /// <summary>It is an error that one has a value and the other has none.</summary>
    MustBothBeSet,
}
