using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>
/// Low-rank adaptation (arXiv 2106.09685). Each target projection W gets a trained update (α/r)·B·A, with A of shape (r, in)
/// and B of shape (out, r). W itself is frozen.
/// </summary>
public sealed class LoraOptions
{
    /// <summary>Gets or sets the rank r of the update.</summary>
    /// <value>1 to 4096. The default value is 8.</value>
    [OptionScope]
    [Range(1, 4096)]
    public int Rank { get; set; } = 8;

    /// <summary>Gets or sets α. The update is scaled by α/r.</summary>
    /// <value>More than 0. The default value is 16.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(double.Epsilon, 1e6)]
    public double Alpha { get; set; } = 16;

    /// <summary>Gets or sets the dropout of the update's inputs during training: the share of inputs that are set to zero.</summary>
    /// <value>0 to 1 (exclusive). The default value is 0.05.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    [Range(0.0, 0.999)]
    public double Dropout { get; set; } = 0.05;

    /// <summary>
    /// Gets or sets the names of the projections to adapt: the last part of a module's name (<c>q_proj</c>), or several last parts
    /// (<c>layers.0.self_attn.q_proj</c>).
    /// </summary>
    /// <value>The default value is <c>q_proj</c> and <c>v_proj</c>, the targets of the official trainer.</value>
    [OptionScope]
    [MinLength(1)]
    public IList<string> TargetModules { get; set; } = ["q_proj", "v_proj"];

    /// <summary>
    /// Gets or sets a regular expression for the projections to adapt, which must match a projection's whole name, or <c>all-linear</c> for
    /// all projections except the routers of experts. It replaces <see cref="TargetModules"/>.
    /// </summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope]
    public string? TargetPattern { get; set; }

    /// <summary>Gets or sets whether the update is scaled by α/√r instead of α/r (rank-stabilised, arXiv 2312.03732).</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope(Resume = Comparison.Warn, Workers = Comparison.MustMatch)]
    public bool UseRslora { get; set; }

    /// <summary>Gets or sets whether the magnitude of each weight row is trained separately from its direction (DoRA, arXiv 2402.09353).</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope]
    public bool UseDora { get; set; }
}
