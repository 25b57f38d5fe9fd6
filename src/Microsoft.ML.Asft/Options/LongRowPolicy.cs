namespace Microsoft.ML.Asft.Options;

/// <summary>What happens to a row that is longer than <see cref="AsftOptions.MaxLength"/>. Such rows are counted and reported in any case.</summary>
public enum LongRowPolicy
{
    /// <summary>It is cut at the end, and left out where nothing to learn remains.</summary>
    Truncate,

    /// <summary>It is left out.</summary>
    Drop,
}
