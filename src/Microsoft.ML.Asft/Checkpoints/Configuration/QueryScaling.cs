namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>
/// The scale of queries by their position t, which keeps attention sharp in long texts: they are multiplied by
/// <c>1 + Beta · ln(1 + ⌊t / OriginalMaxPositionEmbeddings⌋)</c>. Llama 4 and Ministral 3 do it.
/// </summary>
/// <param name="Beta">The strength (<c>llama_4_scaling_beta</c>), 0 or more.</param>
/// <param name="OriginalMaxPositionEmbeddings">The length up to which queries are not scaled, 1 or more.</param>
public sealed record QueryScaling(double Beta, int OriginalMaxPositionEmbeddings)
{
    /// <summary>Returns the factor of the query at a position.</summary>
    /// <param name="position">The position, from 0.</param>
    public float At(int position) => (float)(1 + (Beta * Math.Log(1 + (position / OriginalMaxPositionEmbeddings))));
}
