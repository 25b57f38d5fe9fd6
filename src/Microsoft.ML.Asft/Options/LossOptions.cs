using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Objectives;

namespace Microsoft.ML.Asft.Options;

/// <summary>The details of the loss, besides <see cref="AsftOptions.Objective"/> and <see cref="AsftOptions.KlWeight"/>.</summary>
public sealed class LossOptions
{
    /// <summary>Gets or sets the direction of the anchor's KL divergence.</summary>
    /// <value>The default value is <see cref="KlDirection.Forward"/>.</value>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    public KlDirection KlDirection { get; set; } = KlDirection.Forward;

    /// <summary>
    /// Gets or sets α in a token's weight sg[g^α]. The <see cref="AsftOptions.Objective"/> decides what g is: the label's probability, for
    /// <see cref="AsftObjective.Eaft"/> the normalized entropy, for <see cref="AsftObjective.IwSft"/> the importance of the sequence. With α = 0 all
    /// tokens have the same weight, as in SFT. With α = 1 the weight is g, as in DFT and ASFT. With α below 1, unlikely tokens are learnt faster.
    /// </summary>
    /// <value>0 or more. The default value is <see langword="null"/>: 0 for SFT with and without anchor, 1 for the other objectives.</value>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 100)]
    public double? WeightExponent { get; set; }

    /// <summary>Gets or sets the minimum of a token's weight sg[g^α]. Lower weights are raised to it.</summary>
    /// <value>0 or more, and <see cref="WeightClipMax"/> at most. The default value is <see langword="null"/>: 0, no limit.</value>
    /// <remarks>The official code of ASFT has this option as <c>clip_min</c>, 0.1, but does not use it.</remarks>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 1e6)]
    public double? WeightClipMin { get; set; }

    /// <summary>Gets or sets the maximum of a token's weight sg[g^α]. Higher weights are lowered to it.</summary>
    /// <value>
    /// 0 or more. The default value is <see langword="null"/>: 16 for <see cref="AsftObjective.IwSft"/>, as in its authors' code, and no limit for the other
    /// objectives.
    /// </value>
    /// <remarks>The official code of ASFT has this option as <c>clip_max</c>, 2, but does not use it. A probability is never above 1.</remarks>
    [OptionScope(Saved = true, Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 1e6)]
    public double? WeightClipMax { get; set; }

    /// <summary>
    /// Gets or sets the number of optimizer steps over which α rises linearly from 0 to its value, so that training begins like SFT. If the model gives
    /// a token a probability near 0, a loss weighted by p has almost no gradient for it. With a warm start the model learns such tokens first.
    /// </summary>
    /// <value>0 or more. The default value is 0: no warm start.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0, int.MaxValue)]
    public int WarmStartSteps { get; set; }

    /// <summary>Gets or sets your own loss. It replaces <see cref="AsftOptions.Objective"/>.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    public TokenObjective? TokenObjective { get; set; }
}
