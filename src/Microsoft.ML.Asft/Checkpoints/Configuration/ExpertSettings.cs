namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>The experts of a model: feed-forward blocks, of which each token uses some (arXiv 1701.06538).</summary>
/// <param name="Count">The number of experts in a layer.</param>
/// <param name="PerToken">The number of experts that a token uses: those to which the layer's router gives the highest probabilities.</param>
/// <param name="IntermediateSize">The inner width of an expert.</param>
public sealed record ExpertSettings(int Count, int PerToken, int IntermediateSize)
{
    /// <summary>Gets whether the chosen experts' probabilities are divided by their sum. The default value is <see langword="true"/>.</summary>
    public bool NormalizesWeights { get; init; } = true;

    /// <summary>Gets n: every n-th layer has experts. The default value is 1.</summary>
    public int LayerStep { get; init; } = 1;

    /// <summary>Gets the layers, from 0, that have one feed-forward block instead of experts, whatever <see cref="LayerStep"/> is. The default is none.</summary>
    public IReadOnlyList<int> DenseLayers { get; init; } = [];
}
