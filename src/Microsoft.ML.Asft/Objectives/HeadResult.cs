using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>The loss of one batch and its gradient.</summary>
/// <param name="Sums">The sums over the batch's labelled tokens.</param>
/// <param name="HiddenGradient">
/// The gradient of the hidden states, in their shape and format; <see langword="null"/> if no gradient was computed.
/// </param>
internal sealed record HeadResult(LossSums Sums, Tensor? HiddenGradient);
