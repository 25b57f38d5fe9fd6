namespace Microsoft.ML.Asft.Modeling;

/// <summary>Provides the weights of layers whose weights or gradients are sharded among workers.</summary>
public interface ILayerWeights
{
    /// <summary>Gathers a layer's weights before the layer runs. The weights of other layers may become invalid.</summary>
    /// <param name="layer">The layer, from 0.</param>
    void Gather(int layer);

    /// <summary>Sums a layer's gradients over the workers after the layer's backward pass. The next layer may then use the same memory for its gradients.</summary>
    /// <param name="layer">The layer, from 0.</param>
    void Reduce(int layer);
}
