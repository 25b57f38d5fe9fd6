namespace Microsoft.ML.Asft.Options;

/// <summary>
/// What a labelled token costs, with p the model's probability of the label, q the reference model and
/// sg[·] a stop-gradient. All four are one formula with two switches: is the cross-entropy weighted by p, and
/// is λ·KL added.
/// </summary>
public enum AsftObjective
{
    /// <summary>Anchored supervised fine-tuning, <c>sg[p]·(−log p) + λ·KL</c> (arXiv 2509.23753, eq. 9).</summary>
    Asft,

    /// <summary>Supervised fine-tuning, <c>−log p</c>.</summary>
    Sft,

    /// <summary>Dynamic fine-tuning, <c>sg[p]·(−log p)</c> (arXiv 2508.05629).</summary>
    Dft,

    /// <summary>Supervised fine-tuning with an anchor, <c>−log p + λ·KL</c>.</summary>
    SftKl,
}
