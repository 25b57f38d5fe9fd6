using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>How rows are put together into batches, beside <see cref="AsftOptions.BatchSize"/>.</summary>
public sealed class BatchOptions
{
    /// <summary>
    /// Gets or sets how many rows an optimizer step sees: gradients are accumulated over as many batches as that takes. The
    /// loss is the mean over all labelled tokens of these rows, however they are divided into batches.
    /// </summary>
    /// <value>At least <see cref="AsftOptions.BatchSize"/>; <see langword="null"/>, the default value, means just that.</value>
    [OptionScope(Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    [Range(1, 1 << 20)]
    public int? GlobalBatchSize { get; set; }

    /// <summary>Gets or sets the order in which rows are visited.</summary>
    /// <value>The default value is <see cref="BatchOrder.Shuffled"/>.</value>
    [OptionScope(Resume = Comparison.MustMatch, Workers = Comparison.MustMatch)]
    public BatchOrder Order { get; set; } = BatchOrder.Shuffled;

    /// <summary>
    /// Gets or sets whether the rows of a batch are laid end to end instead of padded to the longest: positions start again with
    /// each and none sees another, so that the result is the same. On the CPU a model from a folder is run so in any case,
    /// except with DoRA or <see cref="AsftOptions.NeftuneAlpha"/>. A model made in code must be an <see cref="Modeling.IPackedModel"/>.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    public bool Packing { get; set; }
}
