namespace Microsoft.ML.Asft.Options;

/// <summary>How two runs' values of an option are compared.</summary>
internal enum Comparison
{
    /// <summary>
    /// They may differ. The numbers of a run do not depend on them, or only through something else that is compared, such as the encoded rows.
    /// </summary>
    None,

    /// <summary>A difference is reported, and the run continues.</summary>
    Warn,

    /// <summary>A difference is an error.</summary>
    MustMatch,

    /// <summary>It is an error if one run has a value and the other has none.</summary>
    MustBothBeSet,
}
