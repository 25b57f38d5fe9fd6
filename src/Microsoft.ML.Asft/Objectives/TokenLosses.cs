using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>The losses that a <see cref="TokenObjective"/> computed for a chunk of R labelled tokens.</summary>
/// <param name="Loss">The loss of each token, float32 of shape (R).</param>
/// <param name="Kl">
/// The KL divergence of each token from the reference, float32 of shape (R); <see langword="null"/> if the objective does not compute it.
/// </param>
public readonly record struct TokenLosses(Tensor Loss, Tensor? Kl = null);
