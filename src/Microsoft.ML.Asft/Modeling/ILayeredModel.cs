using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// A <see cref="CausalLanguageModel"/> whose layers form a chain: the input of each layer is the output of the one before. It can be trained with
/// <see cref="RuntimeOptions.GradientCheckpointing"/>, and its layers can be sharded among workers (<see cref="RuntimeOptions.Sharding"/>).
/// </summary>
public interface ILayeredModel
{
    /// <summary>Gets the names of the layers, such as <c>model.layers.0</c>. The names of a layer's parameters begin with its name and a dot.</summary>
    IReadOnlyList<string> LayerNames { get; }

    /// <summary>
    /// Gets or sets the provider of sharded layers' weights. The default is <see langword="null"/>: the layers are not sharded. The model
    /// must call <see cref="ILayerWeights.Gather"/> each time before it runs a layer, in <see cref="CausalLanguageModel.Forward"/> and in the
    /// functions of <see cref="Chain"/>.
    /// </summary>
    ILayerWeights? LayerWeights { get; set; }

    /// <summary>Prepares a forward pass without a cache. The caller runs it layer by layer, and may run a layer twice.</summary>
    /// <param name="inputIds">Token ids, int64 of shape (B, T), padded on the right; with a <paramref name="layout"/>, of shape (1, N).</param>
    /// <param name="layout">The layout of packed sequences. It is <see langword="null"/> unless the model is an <see cref="IPackedModel"/>.</param>
    LayerChain Chain(Tensor inputIds, PackedLayout? layout);
}

/// <summary>A forward pass, layer by layer.</summary>
/// <param name="Input">The input of the first layer, (B, T, H).</param>
/// <param name="Layers">The layers: functions from a layer's input to its output, both (B, T, H).</param>
/// <param name="Last">The function from the last layer's output to the hidden states that the head reads.</param>
public sealed record LayerChain(Tensor Input, IReadOnlyList<Func<Tensor, Tensor>> Layers, Func<Tensor, Tensor> Last);
