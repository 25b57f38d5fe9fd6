namespace Microsoft.ML.Asft.Options;

/// <summary>What happens to a row that cannot be trained on.</summary>
public enum RowPolicy
{
    /// <summary>The first one ends the run with an error that names it.</summary>
    Refuse,

    /// <summary>Such rows are left out and counted, and the log names the first few. If no row is left, the run ends with an error.</summary>
    Skip,
}
