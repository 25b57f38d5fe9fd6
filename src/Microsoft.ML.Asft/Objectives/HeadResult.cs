using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>The loss of one batch and its gradient.</summary>
internal sealed class HeadResult
{
    private readonly Tensor? _onDevice;
    private LossSums? _sums;

    /// <param name="sums">The sums over the batch's labelled tokens.</param>
    /// <param name="hiddenGradient">The gradient of the hidden states; <see langword="null"/> if no gradient was computed.</param>
    public HeadResult(LossSums sums, Tensor? hiddenGradient) => (_sums, HiddenGradient) = (sums, hiddenGradient);

    /// <param name="onDevice">The sums in the order of <see cref="LossSums"/>, float64 (5).</param>
    /// <param name="hiddenGradient">The gradient of the hidden states; <see langword="null"/> if no gradient was computed.</param>
    public HeadResult(Tensor onDevice, Tensor? hiddenGradient) => (_onDevice, HiddenGradient) = (onDevice, hiddenGradient);

    /// <summary>
    /// Gets the sums over the batch's labelled tokens. The first call may wait for the device, so call it after all work of a step was given to it.
    /// </summary>
    public LossSums Sums => _sums ??= LossSums.Read(_onDevice!);

    /// <summary>Gets the gradient of the hidden states, in their shape and format; <see langword="null"/> if no gradient was computed.</summary>
    public Tensor? HiddenGradient { get; }

    /// <summary>Keeps the sums when the current dispose scope ends. The gradient goes.</summary>
    public HeadResult KeepSums()
    {
        _onDevice?.MoveToOuterDisposeScope();
        return this;
    }
}
