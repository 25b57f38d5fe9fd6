using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>
/// The tables of rotary position embedding (arXiv 2104.09864) for a batch's positions. The two halves of a head are paired as in
/// Hugging Face's code. The shape of the tables is (T, D), or (B, 1, T, D) if the sequences are at different positions.
/// </summary>
/// <param name="Cosine">The cosines.</param>
/// <param name="Sine">The sines.</param>
/// <param name="QueryScale">The factor of queries at each position, (T, 1) or (B, 1, T, 1); <see langword="null"/> for 1.</param>
internal readonly record struct RotaryTables(Tensor Cosine, Tensor Sine, Tensor? QueryScale = null)
{
    /// <summary>Gets the tables for queries, which include <see cref="QueryScale"/>. These tables themselves are for keys.</summary>
    public RotaryTables ForQueries => QueryScale is null ? this : new RotaryTables(Cosine.mul(QueryScale), Sine.mul(QueryScale));

    /// <summary>Rotates a tensor (B, H, T, D).</summary>
    public Tensor Apply(Tensor x)
    {
        long half = x.shape[^1] / 2;
        var rotatedHalf = cat([x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half)], -1);
        return Cosine.dtype == x.dtype ? x.mul(Cosine).add_(rotatedHalf.mul_(Sine))
            : x.mul(Cosine).add_(rotatedHalf.mul(Sine)).to_type(x.dtype);
    }
}
