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
    /// Gets or sets α in a token's weight, sg[g^α], where g is what the <see cref="AsftOptions.Objective"/> weighs by: the label's probability, or for
    /// <see cref="AsftObjective.Eaft"/> the normalized entropy and for <see cref="AsftObjective.IwSft"/> the importance of the sequence. 0 weighs every token
    /// alike, as SFT does; 1 by g, as DFT and ASFT do by the probability. Below 1, tokens that the model holds unlikely are learnt faster.
    /// </summary>
    /// <value>0 or more. The default value is <see langword="null"/>: the objective's own, 0 for SFT with and without anchor, 1 for the others.</value>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 100)]
    public double? WeightExponent { get; set; }

    /// <summary>Gets or sets the lowest weight that a token gets: weights sg[g^α] below it become it.</summary>
    /// <value>0 or more, and <see cref="WeightClipMax"/> at most. The default value is <see langword="null"/>: 0, no limit.</value>
    /// <remarks>The official code of ASFT has it as <c>clip_min</c>, 0.1, and does not use it.</remarks>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 1e6)]
    public double? WeightClipMin { get; set; }

    /// <summary>Gets or sets the highest weight that a token gets: weights sg[g^α] above it become it.</summary>
    /// <value>
    /// 0 or more. The default value is <see langword="null"/>: the objective's own, 16 for <see cref="AsftObjective.IwSft"/> as in its authors' code and no limit
    /// for the others.
    /// </value>
    /// <remarks>The official code of ASFT has it as <c>clip_max</c>, 2, and does not use it. A probability is never above 1.</remarks>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 1e6)]
    public double? WeightClipMax { get; set; }

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
