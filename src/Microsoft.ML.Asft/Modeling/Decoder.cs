using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Attention;
using Microsoft.ML.Asft.Modeling.Operators.Embeddings;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// The decoder of every family in <see cref="ModelConfig.ModelTypes"/>. Families differ only in the traits of <see cref="ModelConfig"/>, from which
/// <see cref="DecoderBuilder"/> builds the layers. This class runs them with libtorch's operators, under autograd or in decoding.
/// <see cref="CpuExecutor"/> runs the same layers on the CPU without autograd. Modules and parameters have Hugging Face's names.
/// </summary>
internal sealed partial class Decoder : CausalLanguageModel, IPackedModel, ILayeredModel, IEmbeddingNoiseModel, IHuggingFaceModel
{
    // The number of tokens that are computed again at a time. Attention over a whole long text would need much memory.
    private const int RecomputedPiece = 512;

    private readonly DecoderBody _body;
    private readonly Parameter _head;           // (V, H); the embedding itself if the two are tied
    private readonly RotaryEmbedding _rotary;
    private readonly RotaryEmbedding? _windowedRotary;
    private readonly CausalMask _mask;

    /// <param name="config">The configuration.</param>
    /// <param name="weights">Returns the weight with a given name and shape.</param>
    /// <param name="dtype">The format of the weights and of products.</param>
    /// <param name="device">The device of the weights.</param>
    /// <param name="stored">
    /// Returns a projection's weight with a given name and shape if it is stored in another format; otherwise <see langword="null"/>.
    /// </param>
    internal Decoder(
        ModelConfig config, Func<string, long[], Tensor> weights, ScalarType dtype, Device device,
        Func<string, long[], StoredWeight?>? stored = null)
        : base("decoder")
    {
        Config = config;
        LogitTransform = new LogitTransform { Divisor = config.LogitsScaling, SoftCap = config.LogitsSoftCap };
        _body = new DecoderBody(config, weights, dtype, stored);
        register_module("model", _body);
        if (config.TieWordEmbeddings)
        {
            _head = _body.Embedding.Weight;
        }
        else
        {
            _head = new Parameter(weights("lm_head.weight", [config.VocabSize, config.HiddenSize]), requires_grad: false);
            register_parameter("lm_head.weight", _head);
        }

        LayerNames = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => $"model.layers.{i}")];
        _rotary = new RotaryEmbedding(config, dtype, device);
        _windowedRotary = RotaryEmbedding.OfWindows(config, dtype, device);
        _mask = new CausalMask(config, dtype, device);
    }

    public ModelConfig Config { get; }

    public TokenEmbedding Embedding => _body.Embedding;

    public DecoderLayer[] Layers => _body.Layers;

    public RmsNorm Norm => _body.Norm;

    public Func<Tensor, Tensor>? EmbeddingNoise { get; set; }

    public IReadOnlyList<string> LayerNames { get; }

    public ILayerWeights? LayerWeights { get; set; }

    public override Tensor HeadWeight => _head;

    public override LogitTransform LogitTransform { get; }

    public override IReadOnlyList<int> EndOfSequenceTokenIds => Config.EosTokenIds;

    public override int ContextLength => Config.MaxPositionEmbeddings;

    public override Tensor Forward(Tensor inputIds, Tensor? attentionMask = null, KeyValueCache? cache = null)
    {
        if (cache is not null)
        {
            return attentionMask is null ? Forward(inputIds, (DecoderCache)cache) : throw new ArgumentException(
                "Sequences in a cache have no padding. Leave the attention mask out.", nameof(attentionMask));
        }

        using var scope = NewDisposeScope();
        return Forward(inputIds, PassOf(inputIds, attentionMask)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor ForwardPacked(Tensor inputIds, PackedLayout layout)
    {
        using var scope = NewDisposeScope();
        return Forward(inputIds, PassOf(layout)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public bool AllowsPadding(IReadOnlyCollection<int> lengths) =>
        _rotary.LongAbove is not { } limit || lengths.Max() <= limit || lengths.Min() > limit;

    /// <inheritdoc/>
    public LayerChain Chain(Tensor inputIds, PackedLayout? layout)
    {
        var pass = layout is null ? PassOf(inputIds, attentionMask: null) : PassOf(layout);
        return new LayerChain(
            Embed(inputIds), [.. Enumerable.Range(0, Layers.Length).Select(i => (Func<Tensor, Tensor>)(x => RunLayer(i, x, pass)))], Norm.call);
    }

    public override KeyValueCache CreateCache(int batchSize, int capacity)
    {
        using var noGrad = no_grad();
        return new DecoderCache(Config, batchSize, capacity, _head.dtype, _head.device);
    }

    private Tensor Forward(Tensor inputIds, DecoderCache cache)
    {
        using var scope = NewDisposeScope();
        (int b, int t) = ((int)inputIds.shape[0], (int)inputIds.shape[1]);
        if (b != cache.Count)
        {
            throw new ArgumentException($"The cache has {cache.Count} sequences, but the input has {b} rows. The numbers must be equal.", nameof(inputIds));
        }

        if (t == 1 && CanDecode)
        {
            return Decode(inputIds, cache).MoveToOuterDisposeScope();
        }

        RecomputeOutgrown(cache, t);
        return Forward(inputIds, cache, sequenceLength: null).MoveToOuterDisposeScope();
    }

    // With longrope the rotary frequencies change above a length. When a sequence grows beyond it, its keys and values are computed again.
    private void RecomputeOutgrown(DecoderCache cache, int added)
    {
        for (int i = 0; i < cache.Count; i++)
        {
            int length = cache.Lengths[i];
            if (length > 0 && length <= _rotary.LongAbove && length + added > _rotary.LongAbove)
            {
                using var scope = NewDisposeScope();
                using var again = new DecoderCache(Config, 1, length, _head.dtype, _head.device);
                var ids = tensor([.. cache.TokensOf(i)], [1, length], ScalarType.Int64, _head.device);
                for (int start = 0; start < length; start += RecomputedPiece)
                {
                    Forward(ids.narrow(1, start, Math.Min(RecomputedPiece, length - start)), again, sequenceLength: length + added).Dispose();
                }

                cache.Replace(i, again);
            }
        }
    }

    // The sequence length is the one that the rotary frequencies are chosen by; null for the length after this call.
    private Tensor Forward(Tensor inputIds, DecoderCache cache, int? sequenceLength)
    {
        using var scope = NewDisposeScope();
        (int b, int t) = ((int)inputIds.shape[0], (int)inputIds.shape[1]);
        cache.Reserve(b, cache.Longest + t);
        bool isEven = cache.IsEven;
        RotaryTables Tables(RotaryEmbedding rotary) =>
            isEven ? rotary.At(cache.Longest, t, sequenceLength) : rotary.At(cache.Lengths, t, sequenceLength);
        var (full, windowed) = isEven ? _mask.For(t, cache.Longest, null) : _mask.For(t, cache.Lengths);
        var slots = isEven ? null : cache[0].Slots(t);
        var hidden = Forward(
            inputIds, PassOf(Tables, full, windowed) with { Cache = cache, CacheSlots = slots });
        cache.Advance(inputIds);
        return hidden.MoveToOuterDisposeScope();
    }

    private Tensor Forward(Tensor inputIds, AutogradPass pass)
    {
        var x = Embed(inputIds);                                                  // (B, T, H)
        for (int i = 0; i < Layers.Length; i++)
        {
            x = RunLayer(i, x, pass);
        }

        return Norm.call(x);
    }

    private Tensor RunLayer(int layer, Tensor x, AutogradPass pass)
    {
        LayerWeights?.Gather(layer);
        return Layers[layer].Forward(x, pass);
    }

    private AutogradPass PassOf(Tensor inputIds, Tensor? attentionMask)
    {
        int t = (int)inputIds.shape[1];
        var positions = attentionMask?.cumsum(1).Sub(1).ClampMin(0);
        var lengths = _rotary.LongAbove is null ? null : attentionMask?.sum(1, keepdim: true);
        var (full, windowed) = _mask.For(t, past: 0, attentionMask);
        return PassOf(rotary => positions is null ? rotary.At(0, t) : rotary.At(positions, t, lengths), full, windowed);
    }

    private AutogradPass PassOf(PackedLayout layout)
    {
        var (full, windowed) = _mask.ForPacked(layout.SequenceIds.view(-1));
        var lengths = _rotary.LongAbove is null ? null : layout.SequenceLengths;
        return PassOf(rotary => rotary.At(layout.PositionIds, layout.LongestLength, lengths), full, windowed);
    }

    private AutogradPass PassOf(Func<RotaryEmbedding, RotaryTables> tables, AttentionMask? full, AttentionMask? windowed) =>
        new(tables(_rotary), full, windowed) { WindowedRotary = _windowedRotary is null ? null : tables(_windowedRotary) };

    // (B, T) → (B, T, H).
    private Tensor Embed(Tensor inputIds)
    {
        var x = Embedding.Rows(inputIds);
        return Embedding.Scale(training && EmbeddingNoise is not null ? EmbeddingNoise(x) : x);
    }

    protected override void RegisterComponents()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rotary.Dispose();
            _windowedRotary?.Dispose();
            _mask.Dispose();
        }

        base.Dispose(disposing);
    }
}
