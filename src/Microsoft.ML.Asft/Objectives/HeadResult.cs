using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>What the head found for one batch.</summary>
/// <param name="Sums">Over its labelled tokens.</param>
/// <param name="HiddenGradient">The gradient, of the shape and format of the hidden states; none when it was not asked for.</param>
internal sealed record HeadResult(LossSums Sums, Tensor? HiddenGradient);
