using Microsoft.ML.Asft.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// The decoder of the Llama, Mistral and Qwen families, told apart by the traits of <see cref="ModelConfig"/> alone.
/// Modules and parameters carry Hugging Face's names.
/// </summary>
internal sealed class Decoder : CausalLanguageModel
{
    private readonly Parameter _embedding;      // (V, H)
    private readonly DecoderLayer[] _layers;
    private readonly RmsNorm _norm;
    private readonly Parameter _head;           // (V, H); the embedding itself where they are tied
    private readonly RotaryEmbedding _rotary;
    private readonly AttentionBias _bias;

    internal Decoder(ModelConfig config, Func<string, long[], Tensor> weights, ScalarType dtype, Device device)
        : base("decoder")
    {
        Config = config;
        var body = new DecoderBody(config, weights);
        (_embedding, _layers, _norm) = (body.Embedding, body.Layers, body.Norm);
        register_module("model", body);
        if (config.TieWordEmbeddings)
        {
            _head = _embedding;
        }
        else
        {
            _head = new Parameter(weights("lm_head.weight", [config.VocabSize, config.HiddenSize]), requires_grad: false);
            register_parameter("lm_head.weight", _head);
        }

        _rotary = new RotaryEmbedding(config, dtype, device);
        _bias = new AttentionBias(config, dtype, device);
    }

    public ModelConfig Config { get; }

    public Parameter Embedding => _embedding;

    public IReadOnlyList<DecoderLayer> Layers => _layers;

    public RmsNorm Norm => _norm;

    /// <summary>Gets or sets what embeddings get noise from while a batch is run; none for no noise.</summary>
    public TokenNoise? Noise { get; set; }

    /// <summary>Gets or sets what puts layers' weights together, each before it runs; none where they are always there.</summary>
    public ILayerWeights? LayerWeights { get; set; }

    public override Tensor HeadWeight => _head;

    public override IReadOnlyList<int> EndOfSequenceTokenIds => Config.EosTokenIds;

    public override int ContextLength => Config.MaxPositionEmbeddings;

    /// <summary>Loads a Hugging Face model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">The format to hold the weights in.</param>
    /// <param name="device">The device.</param>
    /// <param name="vocabSize">The rows that embedding and head should have; more than the files' are the mean of those.</param>
    public static Decoder Load(string folder, ScalarType dtype, Device device, int? vocabSize = null)
    {
        var config = ModelConfig.Load(folder);
        using var source = TensorSource.Open(folder);
        using var noGrad = no_grad();
        return new Decoder(config with { VocabSize = vocabSize ?? config.VocabSize }, Read, dtype, device);

        Tensor Read(string name, long[] shape)
        {
            using var scope = NewDisposeScope();
            if (!source.Contains(name))
            {
                throw new InvalidDataException(
                    $"The tensor '{name}' is missing from the model in '{folder}'. Download the folder again, or correct config.json.");
            }

            bool isPerToken = name is "model.embed_tokens.weight" or "lm_head.weight";
            long[] stored = isPerToken ? [config.VocabSize, shape[1]] : shape;
            if (!source[name].Shape.SequenceEqual(stored))
            {
                throw new InvalidDataException(
                    $"The tensor '{name}' of the model in '{folder}' has the shape ({string.Join(", ", source[name].Shape)}); config.json "
                    + $"makes it ({string.Join(", ", stored)}). One of the two files is of another model.");
            }

            var tensor = source.Read(name, dtype, device);
            if (shape[0] > stored[0])
            {
                var mean = tensor.to_type(ScalarType.Float32).mean([0], keepdim: true).to_type(dtype);
                tensor = cat([tensor, mean.expand(shape[0] - stored[0], shape[1])], 0);
            }

            return tensor.DetachFromDisposeScope();
        }
    }

    /// <summary>Makes a new model: matrices from a normal distribution, norms one, biases zero.</summary>
    public static Decoder CreateRandom(ModelConfig config, int seed, ScalarType dtype = ScalarType.Float32, double deviation = 0.02)
    {
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        return new Decoder(
            config,
            (name, shape) =>
            {
                using var scope = NewDisposeScope();
                var weight = name.EndsWith("norm.weight", StringComparison.Ordinal) ? ones(shape)
                    : name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape)
                    : empty(shape).normal_(0, deviation, generator);
                return weight.to_type(dtype).DetachFromDisposeScope();
            },
            dtype,
            CPU);
    }

    /// <summary>Writes the model as a Hugging Face folder, adapters merged into it.</summary>
    /// <param name="folder">The folder, made where it does not exist.</param>
    /// <param name="copyFrom">The folder whose tokenizer and other files go along as they are.</param>
    public void Save(string folder, string? copyFrom)
    {
        using var scope = NewDisposeScope();
        ModelWriter.WriteLazily(folder, Config with { TorchDtype = _embedding.dtype }, MergedTensors(), copyFrom: copyFrom);
    }

    /// <summary>Writes the parameters as one safetensors file.</summary>
    public void Write(Stream stream) => SafetensorsWriter.WriteLazily(stream, MergedTensors());

    /// <summary>Replaces every parameter by what a file written by <see cref="Write"/> has.</summary>
    public void ReadFrom(SafetensorsFile file)
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in named_parameters())
        {
            file.ReadInto(name, parameter);
        }
    }

    public override Tensor Forward(Tensor inputIds, Tensor? attentionMask = null, KeyValueCache? cache = null)
    {
        if (cache is not null)
        {
            return attentionMask is null ? Forward(inputIds, (DecoderCache)cache) : throw new ArgumentException(
                "Sequences in a cache are not padded; leave the attention mask out.", nameof(attentionMask));
        }

        using var scope = NewDisposeScope();
        int t = (int)inputIds.shape[1];
        var rotation = attentionMask is null ? _rotary.At(0, t) : _rotary.At(attentionMask.cumsum(1).sub(1).clamp_min(0), t);
        var (full, windowed) = _bias.For(t, past: 0, attentionMask);
        return Forward(inputIds, rotation, full, windowed).MoveToOuterDisposeScope();
    }

    private Tensor Forward(Tensor inputIds, DecoderCache cache)
    {
        using var scope = NewDisposeScope();
        (int b, int t) = ((int)inputIds.shape[0], (int)inputIds.shape[1]);
        if (b != cache.Count)
        {
            throw new ArgumentException($"The cache has {cache.Count} sequences; the input has {b} rows.", nameof(inputIds));
        }

        cache.Reserve(b, cache.Longest + t);
        bool isEven = cache.IsEven;
        bool isDirect = t == 1 && CachedAttention.Serves(_embedding.dtype, _embedding.device);
        var rotation = isEven && !isDirect ? _rotary.At(cache.Longest, t) : _rotary.At(cache.Lengths, t);
        var (full, windowed) = isDirect ? (null, null) : isEven ? _bias.For(t, cache.Longest, null) : _bias.For(t, cache.Lengths);
        var places = isDirect || isEven ? null : cache[0].Places(t);
        var hidden = Forward(inputIds, rotation, full, windowed, cache, places);
        cache.Advance(t);
        return hidden.MoveToOuterDisposeScope();
    }

    private Tensor Forward(
        Tensor inputIds, Rotation rotation, Tensor? full, Tensor? windowed, DecoderCache? cache = null, Tensor? places = null)
    {
        var x = Embed(inputIds);                                                  // (B, T, H)
        for (int i = 0; i < _layers.Length; i++)
        {
            LayerWeights?.Gather(i);
            x = _layers[i].Forward(x, rotation, Config.UsesSlidingWindow(i) ? windowed : full, cache?[i], places);
        }

        return _norm.call(x);
    }

    /// <summary>The forward pass of a batch without cache or padding on the left, by layers, for little memory.</summary>
    public CheckpointedPass ForwardCheckpointed(Tensor inputIds)
    {
        int t = (int)inputIds.shape[1];
        var (full, windowed) = _bias.For(t, past: 0, attentionMask: null);
        return ForwardCheckpointed(inputIds, _rotary.At(0, t), full, windowed);
    }

    /// <summary>The forward pass of sequences in one row, (1, N, H): positions start anew with each, and none sees another.</summary>
    public Tensor ForwardPacked(PackedSequences sequences)
    {
        using var scope = NewDisposeScope();
        var (ids, rotation, full, windowed) = Layout(sequences);
        return Forward(ids, rotation, full, windowed).MoveToOuterDisposeScope();
    }

    /// <summary>The same by layers, for little memory.</summary>
    public CheckpointedPass ForwardPackedCheckpointed(PackedSequences sequences)
    {
        var (ids, rotation, full, windowed) = Layout(sequences);
        return ForwardCheckpointed(ids, rotation, full, windowed);
    }

    private CheckpointedPass ForwardCheckpointed(Tensor inputIds, Rotation rotation, Tensor? full, Tensor? windowed)
    {
        var chain = _layers.Select((layer, i) => (Func<Tensor, Tensor>)(x =>
        {
            LayerWeights?.Gather(i);
            return layer.Forward(x, rotation, Config.UsesSlidingWindow(i) ? windowed : full, cache: null, places: null);
        })).ToList();
        chain.Add(_norm.call);
        return new CheckpointedPass(chain, Embed(inputIds), i =>
        {
            if (i < _layers.Length)
            {
                LayerWeights?.Reduce(i);
            }
        });
    }

    public override KeyValueCache CreateCache(int batchSize, int capacity)
    {
        using var noGrad = no_grad();
        return new DecoderCache(Config, batchSize, capacity, _embedding.dtype, _embedding.device);
    }

    private (Tensor Ids, Rotation Rotation, Tensor Full, Tensor Windowed) Layout(PackedSequences sequences)
    {
        var device = _embedding.device;
        long[] owner = [.. Enumerable.Range(0, sequences.TokenCount).Select(i => (long)sequences.SequenceOf(i))];
        long[] position = [.. owner.Select((sequence, i) => (long)i - sequences.Starts[sequence])];
        var (full, windowed) = _bias.ForPacked(tensor(owner, ScalarType.Int64, device));
        return (
            tensor(sequences.Ids, [1, sequences.TokenCount], ScalarType.Int64, device),
            _rotary.At(tensor(position, [1, sequences.TokenCount], ScalarType.Int64, device), sequences.LongestLength), full, windowed);
    }

    /// <summary>The embeddings of (B, T), (B, T, H), in training with NEFTune's noise.</summary>
    internal Tensor Embed(Tensor inputIds)
    {
        var x = _embedding.index_select(0, inputIds.reshape(-1)).view(inputIds.shape[0], inputIds.shape[1], -1);
        return training && Noise is not null ? Noise.AddTo(x) : x;
    }

    /// <summary>Lists the parameters by Hugging Face's names; a weight that carries an adapter is merged with it when it is read.</summary>
    /// <param name="mergesAsFloat32">Whether merged weights are float32 and not in the weight's own format.</param>
    public IEnumerable<LazyTensor> MergedTensors(bool mergesAsFloat32 = false)
    {
        var adapted = AdaptableLayers().Where(l => l.Layer.LoraA is not null).ToDictionary(l => $"{l.Name}.weight", l => l.Layer);
        foreach (var (name, parameter) in named_parameters().Where(p => !p.name.Contains(".lora_", StringComparison.Ordinal)))
        {
            var (type, size) = mergesAsFloat32 ? (ScalarType.Float32, sizeof(float)) : (parameter.dtype, parameter.ElementSize);
            yield return adapted.TryGetValue(name, out var layer)
                ? new LazyTensor(name, type, size, parameter.shape, () => layer.MergedWeight(type))
                : LazyTensor.Of(name, parameter);
        }
    }

    protected override void RegisterComponents()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rotary.Dispose();
            _bias.Dispose();
        }

        base.Dispose(disposing);
    }
}
