using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Objectives;

namespace Microsoft.ML.Asft.Options;

/// <summary>The details of the loss beside <see cref="AsftOptions.Objective"/> and <see cref="AsftOptions.KlWeight"/>.</summary>
public sealed class LossOptions
{
    /// <summary>Gets or sets the direction of the anchor's divergence.</summary>
    /// <value>The default value is <see cref="KlDirection.Forward"/>.</value>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    public KlDirection KlDirection { get; set; } = KlDirection.Forward;

    /// <summary>
    /// Gets or sets α in a token's weight, sg[p]^α: 0 weighs every token alike, as SFT does; 1 by its probability, as DFT and ASFT do. Below 1,
    /// tokens that the model holds unlikely are learnt faster.
    /// </summary>
    /// <value>0 or more. The default value is <see langword="null"/>: the <see cref="AsftOptions.Objective"/>'s own, 0 or 1.</value>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 100)]
    public double? WeightExponent { get; set; }

    /// <summary>
    /// Gets or sets over how many optimizer steps α rises linearly from 0 to its value, so that training begins as SFT does. A token that the
    /// model holds impossible has no gradient under p-weighted losses; a warm start teaches it first.
    /// </summary>
    /// <value>0 or more. The default value is 0: no warm start.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0, int.MaxValue)]
    public int WarmStartSteps { get; set; }

    /// <summary>Gets or sets a loss of your own, which then replaces <see cref="AsftOptions.Objective"/>.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    public TokenObjective? TokenObjective { get; set; }
}
