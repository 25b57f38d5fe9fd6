using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>How rows are combined into batches, besides <see cref="AsftOptions.BatchSize"/>.</summary>
public sealed class BatchOptions
{
    /// <summary>
    /// Gets or sets the number of rows in an optimizer step. Gradients are accumulated over as many batches as that needs. The
    /// loss is the mean over all labelled tokens of these rows, however they are divided into batches.
    /// </summary>
    /// <value>A multiple of <see cref="AsftOptions.BatchSize"/>. The default value is <see langword="null"/>: one batch.</value>
    [OptionScope(Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    [Range(1, 1 << 20)]
    public int? GlobalBatchSize { get; set; }

    /// <summary>Gets or sets the order of the rows.</summary>
    /// <value>The default value is <see cref="BatchOrder.Shuffled"/>.</value>
    [OptionScope(Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    public BatchOrder Order { get; set; } = BatchOrder.Shuffled;

    /// <summary>
    /// Gets or sets whether the rows of a batch are packed end to end instead of padded to the longest. Positions start again at
    /// each row and no row sees another, so the result is the same. On the CPU a model from a folder is always packed,
    /// except with DoRA or <see cref="AsftOptions.NeftuneAlpha"/>. A model made in code must implement <see cref="Modeling.IPackedModel"/>.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    public bool Packing { get; set; }
}
