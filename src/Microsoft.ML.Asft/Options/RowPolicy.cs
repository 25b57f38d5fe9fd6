namespace Microsoft.ML.Asft.Options;

/// <summary>What happens to a row that cannot be trained on.</summary>
public enum RowPolicy
{
    /// <summary>The first one ends the run with an error that names it.</summary>
    Refuse,

    /// <summary>They are left out and counted, and the log names the first few; an error ends the run when no row is left.</summary>
    Skip,
}
