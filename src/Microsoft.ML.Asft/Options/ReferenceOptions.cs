using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>How the hidden states of the anchor's reference are computed.</summary>
public sealed class ReferenceOptions
{
    /// <summary>Gets or sets how the reference's hidden states are computed.</summary>
    /// <value>The default value is <see cref="ReferenceStrategy.Auto"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public ReferenceStrategy Strategy { get; set; } = ReferenceStrategy.Auto;

    /// <summary>Gets or sets the size limit of the cache of <see cref="ReferenceStrategy.Cached"/>, in bytes.</summary>
    /// <value>0 or more. The default value is 4 GiB.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(0, long.MaxValue)]
    public long CacheBytes { get; set; } = 4L << 30;

    /// <summary>
    /// Gets or sets the file for the cache of <see cref="ReferenceStrategy.Cached"/>, which is memory-mapped. A later run with the same
    /// model, data and encoding uses it again. A file of another run is replaced.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: the cache is in memory and is freed after fitting.</value>
    [OptionScope(Workers = Comparison.MustBothBeSet)]
    public string? CachePath { get; set; }
}
