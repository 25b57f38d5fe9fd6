using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// A decoder that turns token ids into hidden states, to be fine-tuned and completed with. Derive from it to bring a
/// TorchSharp module of your own: implement <see cref="Forward"/> and <see cref="HeadWeight"/>, and build its projections
/// of <see cref="LoraLinear"/> where adapters should go. What not every model can do is an interface of its own: <see cref="IPackedModel"/>,
/// <see cref="ILayeredModel"/>, <see cref="IEmbeddingNoiseModel"/>, <see cref="IHuggingFaceModel"/>. An option that needs one that a model
/// lacks is refused.
/// </summary>
/// <remarks>Like every TorchSharp module it serves one thread at a time.</remarks>
public abstract class CausalLanguageModel : nn.Module
{
    /// <summary>Initializes the module.</summary>
    /// <param name="name">The module's name, as TorchSharp asks for.</param>
    protected CausalLanguageModel(string name)
        : base(name)
    {
    }

    /// <summary>Gets the output head, of shape (V, H): the logits are <c>hidden · HeadWeightᵀ</c>, transformed by <see cref="LogitTransform"/>.</summary>
    public abstract Tensor HeadWeight { get; }

    /// <summary>Gets what happens to logits before they are softmaxed; nothing by default.</summary>
    public virtual LogitTransform LogitTransform => LogitTransform.None;

    /// <summary>Gets the ids that end a completion; none by default.</summary>
    public virtual IReadOnlyList<int> EndOfSequenceTokenIds => [];

    /// <summary>Gets or sets whether the adapters take part; off, the model is what it was before fine-tuning.</summary>
    public virtual bool AdaptersEnabled
    {
        get => AdaptableLayers().All(layer => layer.Layer.AdapterEnabled);
        set
        {
            foreach (var (_, layer) in AdaptableLayers())
            {
                layer.AdapterEnabled = value;
            }
        }
    }

    /// <summary>Computes the hidden states that the head reads, the last normalisation included.</summary>
    /// <param name="inputIds">Token ids, int64 of shape (B, T).</param>
    /// <param name="attentionMask">
    /// int64 of shape (B, T): 1 where there is a token and 0 where there is padding, which may stand on either side;
    /// <see langword="null"/> where nothing is padded, and always with a cache. Positions count the ones.
    /// </param>
    /// <param name="cache">
    /// Keys and values of the tokens before, B sequences that may be of unequal length; the call puts its T tokens behind each.
    /// <see langword="null"/> when there are none.
    /// </param>
    /// <returns>Hidden states of shape (B, T, H) in the model's number format; what stands at padding is of no meaning but finite.</returns>
    public abstract Tensor Forward(Tensor inputIds, Tensor? attentionMask = null, KeyValueCache? cache = null);

    /// <summary>Gets the number of positions that the model was made for; by default it is not known and as many as there can be.</summary>
    public virtual int ContextLength => int.MaxValue;

    /// <summary>Makes a cache of empty sequences for decoding.</summary>
    /// <param name="batchSize">The number of sequences, 0 or more.</param>
    /// <param name="capacity">How many tokens there is room for in each, to begin with.</param>
    /// <returns>The cache, or <see langword="null"/>, the default, for a model that computes every position again.</returns>
    public virtual KeyValueCache? CreateCache(int batchSize, int capacity) => null;

    /// <summary>Lists the projections that can carry an adapter, by their names within the model.</summary>
    /// <returns>Names such as <c>model.layers.0.self_attn.q_proj</c>, with their layers.</returns>
    public IEnumerable<(string Name, LoraLinear Layer)> AdaptableLayers()
    {
        foreach (var (name, module) in named_modules())
        {
            if (module is LoraLinear layer)
            {
                yield return (name, layer);
            }
        }
    }

    /// <summary>Loads a Hugging Face model folder.</summary>
    /// <param name="folder">The folder with <c>config.json</c> and the weights.</param>
    /// <param name="dtype">float32 or bfloat16: the format to hold the weights in.</param>
    /// <param name="device">The device; the CPU when <see langword="null"/>.</param>
    /// <param name="warn">
    /// Receives a warning about what the files have and the model does not use, such as tensors that are not read; such files are an error if it is
    /// <see langword="null"/>, the default value.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, a tensor is missing or of the wrong shape, or the files have what <paramref name="warn"/> would be told.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// The weights are quantised, or the configuration asks for something that this decoder does not do.
    /// </exception>
    public static CausalLanguageModel Load(
        string folder, ScalarType dtype = ScalarType.Float32, Device? device = null, Action<string>? warn = null) =>
        DecoderLoader.Load(folder, dtype, device ?? CPU, vocabSize: null, warn);
}
