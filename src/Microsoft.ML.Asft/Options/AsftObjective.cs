using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>
/// What a labelled token costs, with p the model's probability of the label, q the reference model and sg[·] a stop-gradient. All are one formula,
/// <c>sg[w]·(−log p) + λ·KL</c>: they differ in the weight w and in whether λ·KL is added.
/// </summary>
public enum AsftObjective
{
    /// <summary>Anchored supervised fine-tuning, <c>sg[p]·(−log p) + λ·KL</c> (arXiv 2509.23753, eq. 9).</summary>
    [Display(Name = "ASFT")]
    Asft,

    /// <summary>Supervised fine-tuning, <c>−log p</c>.</summary>
    [Display(Name = "SFT")]
    Sft,

    /// <summary>Dynamic fine-tuning, <c>sg[p]·(−log p)</c> (arXiv 2508.05629).</summary>
    [Display(Name = "DFT")]
    Dft,

    /// <summary>Supervised fine-tuning with an anchor, <c>−log p + λ·KL</c>.</summary>
    [Display(Name = "SFT + KL")]
    SftKl,

    /// <summary>
    /// Importance-weighted supervised fine-tuning, <c>sg[w]·(−log p)</c> (arXiv 2507.12856): w is one for a whole row, exp of the mean of
    /// <c>log p − log q</c> over its labelled tokens, at most 16. It needs the reference, but adds no KL.
    /// </summary>
    [Display(Name = "iw-SFT")]
    IwSft,

    /// <summary>
    /// Entropy-adaptive fine-tuning, <c>sg[H]·(−log p)</c> (arXiv 2601.02151): H is the entropy of the 20 likeliest tokens, divided by ln 20.
    /// </summary>
    [Display(Name = "EAFT")]
    Eaft,
}
