using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// A decoder that computes hidden states from token ids, for fine-tuning and completing. Derive from it to use your own
/// TorchSharp module: implement <see cref="Forward"/> and <see cref="HeadWeight"/>, and use <see cref="LoraLinear"/> for the projections that
/// may get adapters. Further abilities are separate interfaces: <see cref="IPackedModel"/>,
/// <see cref="ILayeredModel"/>, <see cref="IEmbeddingNoiseModel"/>, <see cref="IHuggingFaceModel"/>. An option that needs an interface which
/// the model does not implement is an error.
/// </summary>
/// <remarks>Like every TorchSharp module, it can be used by one thread at a time.</remarks>
public abstract class CausalLanguageModel : nn.Module
{
    /// <summary>Initializes the module.</summary>
    /// <param name="name">The module's name, which TorchSharp requires.</param>
    protected CausalLanguageModel(string name)
        : base(name)
    {
    }

    /// <summary>Gets the output head, of shape (V, H): the logits are <c>hidden · HeadWeightᵀ</c>, transformed by <see cref="LogitTransform"/>.</summary>
    public abstract Tensor HeadWeight { get; }

    /// <summary>Gets the transform of the logits before the softmax. By default there is none.</summary>
    public virtual LogitTransform LogitTransform => LogitTransform.None;

    /// <summary>Gets the ids of the tokens that end a completion. By default there are none.</summary>
    public virtual IReadOnlyList<int> EndOfSequenceTokenIds => [];

    /// <summary>Gets or sets whether the adapters are used. Without them the model is the one before fine-tuning.</summary>
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

    /// <summary>Computes the hidden states that the head reads, after the last norm.</summary>
    /// <param name="inputIds">Token ids, int64 of shape (B, T).</param>
    /// <param name="attentionMask">
    /// int64 of shape (B, T): 1 for a token and 0 for padding, which may be on either side. It is <see langword="null"/> if there is no padding, and
    /// always with a cache. A token's position is the number of ones before it.
    /// </param>
    /// <param name="cache">
    /// The keys and values of the tokens so far, of B sequences that may have different lengths. The call appends its T tokens to each sequence.
    /// <see langword="null"/> to start without a cache.
    /// </param>
    /// <returns>Hidden states of shape (B, T, H) in the model's number format. Those at padding have no meaning, but are finite.</returns>
    public abstract Tensor Forward(Tensor inputIds, Tensor? attentionMask = null, KeyValueCache? cache = null);

    /// <summary>Gets the maximum number of positions that the model was made for. By default it is unknown, and <see cref="int.MaxValue"/>.</summary>
    public virtual int ContextLength => int.MaxValue;

    /// <summary>Creates a cache of empty sequences for decoding.</summary>
    /// <param name="batchSize">The number of sequences, 0 or more.</param>
    /// <param name="capacity">The initial capacity of each sequence, in tokens.</param>
    /// <returns>The cache. The default is <see langword="null"/>: the model computes every position again for each token.</returns>
    public virtual KeyValueCache? CreateCache(int batchSize, int capacity) => null;

    /// <summary>Lists the projections that can have an adapter, by their names in the model.</summary>
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

    /// <summary>Counts the parameters, with those of adapters, and with weights that are stored in another format than that of products.</summary>
    internal long ParameterCount() => parameters().Sum(p => p.numel()) + AdaptableLayers().Sum(l => l.Layer.Stored?.Count ?? 0);

    /// <summary>Loads a Hugging Face model folder.</summary>
    /// <param name="folder">The folder with <c>config.json</c> and the weights.</param>
    /// <param name="dtype">The format of the weights in memory: float32 or bfloat16.</param>
    /// <param name="device">The device; <see langword="null"/> for the CPU.</param>
    /// <param name="warn">
    /// Receives a warning about content of the files that the model does not use, such as tensors that are not read. If it is <see langword="null"/>, the
    /// default value, such content is an error.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, a tensor is missing or has the wrong shape, or the files have unused content and <paramref name="warn"/> is <see langword="null"/>.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// The weights are quantised, or the configuration asks for something that this decoder does not support.
    /// </exception>
    public static CausalLanguageModel Load(
        string folder, ScalarType dtype = ScalarType.Float32, Device? device = null, Action<string>? warn = null) =>
        DecoderLoader.Load(folder, dtype, device ?? CPU, vocabSize: null, warn);
}
