namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>The experts of a model: feed-forward blocks, of which each token uses some (arXiv 1701.06538).</summary>
/// <param name="Count">How many a layer has.</param>
/// <param name="PerToken">How many a token uses, those that the layer's router finds most probable.</param>
/// <param name="IntermediateSize">An expert's inner width.</param>
public sealed record ExpertSettings(int Count, int PerToken, int IntermediateSize)
{
    /// <summary>Gets whether the chosen experts' probabilities are divided by their sum. The default value is <see langword="true"/>.</summary>
    public bool NormalizesWeights { get; init; } = true;

    /// <summary>Gets n, where every n-th layer has experts. The default value is 1.</summary>
    public int LayerStep { get; init; } = 1;

    /// <summary>Gets layers, from 0, that have one feed-forward block all the same. The default is none.</summary>
    public IReadOnlyList<int> DenseLayers { get; init; } = [];
}
