using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>
/// Rotary position embedding (arXiv 2104.09864) of one batch's positions, the two halves of a head paired as Hugging Face
/// pairs them. The tables are of shape (T, D), or (B, 1, T, D) where sequences stand at different positions.
/// </summary>
internal readonly record struct RotaryTables(Tensor Cosine, Tensor Sine)
{
    /// <summary>Rotates (B, H, T, D).</summary>
    public Tensor Apply(Tensor x)
    {
        long half = x.shape[^1] / 2;
        var rotatedHalf = cat([x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half)], -1);
        return x.mul(Cosine).add_(rotatedHalf.mul_(Sine));
    }
}
