using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>The labelled tokens whose probability under the base model lies in a range, and how much of the first gradient comes from them.</summary>
/// <remarks>
/// A token's part of the gradient is the norm of its gradient with respect to the logits, w·‖p − onehot(label)‖₂, where w is the weight that the objective gives
/// it. Before the first step the model is its own reference: the KL term has no gradient, and iw-SFT's weights are all 1.
/// </remarks>
public sealed record ProbabilityBin
{
    /// <summary>Gets the lowest probability of the range, which belongs to it.</summary>
    public required double From { get; init; }

    /// <summary>Gets the end of the range, which does not belong to it; 1 belongs to the last.</summary>
    public required double To { get; init; }

    /// <summary>Gets the share of the labelled tokens, 0 to 1.</summary>
    public required double Tokens { get; init; }

    /// <summary>Gets the share of the gradient of <see cref="AsftObjective.Sft"/>, <see cref="AsftObjective.SftKl"/> and <see cref="AsftObjective.IwSft"/>, 0 to 1.</summary>
    public required double Sft { get; init; }

    /// <summary>Gets the share of the gradient of <see cref="AsftObjective.Asft"/> and <see cref="AsftObjective.Dft"/>, whose weight is p.</summary>
    public required double Asft { get; init; }

    /// <summary>Gets the share of the gradient of <see cref="AsftObjective.Eaft"/>, whose weight is the normalized entropy.</summary>
    public required double Eaft { get; init; }
}
