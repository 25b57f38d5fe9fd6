using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>What a <see cref="TokenObjective"/> found for a chunk of R labelled tokens.</summary>
/// <param name="Loss">The loss of each token, float32 of shape (R).</param>
/// <param name="Kl">The divergence from the reference of each token, float32 of shape (R), where the objective computes it.</param>
public readonly record struct TokenLosses(Tensor Loss, Tensor? Kl = null);
