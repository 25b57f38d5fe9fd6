using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// A <see cref="CausalLanguageModel"/> whose layers form a chain, each reading what the one before returned. It can be trained with
/// <see cref="RuntimeOptions.GradientCheckpointing"/>, and its layers can be divided among workers (<see cref="RuntimeOptions.Sharding"/>).
/// </summary>
public interface ILayeredModel
{
    /// <summary>Gets each layer's name, such as <c>model.layers.0</c>: its parameters' names are that, a dot and more.</summary>
    IReadOnlyList<string> LayerNames { get; }

    /// <summary>
    /// Gets or sets who has the weights of layers that are not always there; <see langword="null"/>, the default, where they are. The model
    /// calls <see cref="ILayerWeights.Gather"/> each time before it runs a layer, in <see cref="CausalLanguageModel.Forward"/> and in the
    /// functions of <see cref="Chain"/>.
    /// </summary>
    ILayerWeights? LayerWeights { get; set; }

    /// <summary>Prepares a forward pass without cache, to be run layer by layer, a layer perhaps twice.</summary>
    /// <param name="inputIds">Token ids, int64 of shape (B, T), padded on the right; with <paramref name="layout"/> (1, N).</param>
    /// <param name="layout">Where sequences in one row begin and end; given only to a model that is an <see cref="IPackedModel"/>.</param>
    LayerChain Chain(Tensor inputIds, PackedLayout? layout);
}

/// <summary>A forward pass, layer by layer.</summary>
/// <param name="Input">What the first layer reads, (B, T, H).</param>
/// <param name="Layers">From a layer's input to its output, (B, T, H) each.</param>
/// <param name="Last">From the last layer's output to the hidden states that the head reads.</param>
public sealed record LayerChain(Tensor Input, IReadOnlyList<Func<Tensor, Tensor>> Layers, Func<Tensor, Tensor> Last);
