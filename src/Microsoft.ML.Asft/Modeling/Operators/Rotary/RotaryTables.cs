using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>
/// Rotary position embedding (arXiv 2104.09864) of one batch's positions, the two halves of a head paired as Hugging Face
/// pairs them. The tables are of shape (T, D), or (B, 1, T, D) where sequences stand at different positions.
/// </summary>
/// <param name="Cosine">Cosines.</param>
/// <param name="Sine">Sines.</param>
/// <param name="QueryScale">What queries are multiplied by at each position, (T, 1) or (B, 1, T, 1); none for 1.</param>
internal readonly record struct RotaryTables(Tensor Cosine, Tensor Sine, Tensor? QueryScale = null)
{
    /// <summary>Gets the tables for queries, which are scaled on the way; the tables themselves are for keys.</summary>
    public RotaryTables ForQueries => QueryScale is null ? this : new RotaryTables(Cosine.mul(QueryScale), Sine.mul(QueryScale));

    /// <summary>Rotates (B, H, T, D).</summary>
    public Tensor Apply(Tensor x)
    {
        long half = x.shape[^1] / 2;
        var rotatedHalf = cat([x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half)], -1);
        return Cosine.dtype == x.dtype ? x.mul(Cosine).add_(rotatedHalf.mul_(Sine))
            : x.mul(Cosine).add_(rotatedHalf.mul(Sine)).to_type(x.dtype);
    }
}
