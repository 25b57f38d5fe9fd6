using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>Where the hidden states of the anchor's reference come from.</summary>
public sealed class ReferenceOptions
{
    /// <summary>Gets or sets where the anchor's reference comes from.</summary>
    /// <value>The default value is <see cref="ReferenceStrategy.Auto"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public ReferenceStrategy Strategy { get; set; } = ReferenceStrategy.Auto;

    /// <summary>Gets or sets the most bytes that <see cref="ReferenceStrategy.Cached"/> may take.</summary>
    /// <value>0 or more. The default value is 4 GiB.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(0, long.MaxValue)]
    public long CacheBytes { get; set; } = 4L << 30;

    /// <summary>
    /// Gets or sets the file that <see cref="ReferenceStrategy.Cached"/> is kept in, memory-mapped. A later run with the same
    /// model, data and encoding takes it over; one made of anything else is replaced.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: the cache is kept in memory and gone after fitting.</value>
    [OptionScope(Workers = Comparison.MustBothBeSet)]
    public string? CachePath { get; set; }
}
