namespace Microsoft.ML.Asft.Modeling;

/// <summary>Sees to the weights of layers that are not always there.</summary>
public interface ILayerWeights
{
    /// <summary>Puts a layer's weights together, for it to run. The weights of others may go.</summary>
    /// <param name="layer">The layer, from 0.</param>
    void Gather(int layer);

    /// <summary>Takes over the gradients that a layer's backward pass has left, so that the next may leave its own.</summary>
    /// <param name="layer">The layer, from 0.</param>
    void Reduce(int layer);
}
