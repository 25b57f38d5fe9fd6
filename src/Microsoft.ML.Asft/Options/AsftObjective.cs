using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>
/// The loss of a labelled token. p is the model's probability of the label, q the reference model's, and sg[·] a stop-gradient. All objectives have the
/// form <c>sg[w]·(−log p) + λ·KL</c>. They differ in the weight w and in whether λ·KL is added.
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
    /// Importance-weighted supervised fine-tuning, <c>sg[w]·(−log p)</c> (arXiv 2507.12856). All tokens of a row have the same w: exp of the mean of
    /// <c>log p − log q</c> over its labelled tokens, at most 16. It needs the reference, but adds no KL.
    /// </summary>
    [Display(Name = "iw-SFT")]
    IwSft,

    /// <summary>
    /// Entropy-adaptive fine-tuning, <c>sg[H]·(−log p)</c> (arXiv 2601.02151). H is the entropy of the 20 most likely tokens, divided by ln 20.
    /// </summary>
    [Display(Name = "EAFT")]
    Eaft,
}
