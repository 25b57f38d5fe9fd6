using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>
/// A model of two layers that do all that a model can: x += W·(mean of x over the tokens before and its own). A token's place among those of
/// its own sequence alone decides what it sees, so that packing has something to get wrong.
/// </summary>
internal sealed class AveragingModel : CausalLanguageModel, IPackedModel, ILayeredModel, IEmbeddingNoiseModel, IHuggingFaceModel
{
    private readonly Parameter _embedding;
    private readonly LoraLinear[] _mixes;
    private readonly Parameter _head;

    public AveragingModel(int vocabulary, int hidden)
        : base(nameof(AveragingModel))
    {
        using var generator = new Generator(5);
        Tensor Random(double deviation, params long[] shape) => empty(shape).normal_(0, deviation, generator);
        _embedding = new Parameter(Random(1, vocabulary, hidden), requires_grad: false);
        _mixes = [new LoraLinear(Random(0.3, hidden, hidden)), new LoraLinear(Random(0.3, hidden, hidden))];
        _head = new Parameter(Random(0.3, vocabulary, hidden), requires_grad: false);
        register_parameter("embedding", _embedding);
        register_parameter("head", _head);
        register_module("mix0", _mixes[0]);
        register_module("mix1", _mixes[1]);
        Config = ModelConfig.Create("llama", vocabulary, hidden, hidden, numHiddenLayers: 2, numAttentionHeads: 1, numKeyValueHeads: 1);
    }

    public List<string> Calls { get; } = [];

    public ModelConfig Config { get; }

    public IReadOnlyList<string> LayerNames => ["mix0", "mix1"];

    public ILayerWeights? LayerWeights { get; set; }

    public Func<Tensor, Tensor>? EmbeddingNoise { get; set; }

    public override Tensor HeadWeight => _head;

    public override IReadOnlyList<int> EndOfSequenceTokenIds => [Letters.EndOfText];

    public override Tensor Forward(Tensor inputIds, Tensor? attentionMask = null, KeyValueCache? cache = null)
    {
        Calls.Add(nameof(Forward));
        return Run(Chain(inputIds, layout: null));
    }

    public Tensor ForwardPacked(Tensor inputIds, PackedLayout layout)
    {
        Calls.Add(nameof(ForwardPacked));
        return Run(Chain(inputIds, layout));
    }

    public LayerChain Chain(Tensor inputIds, PackedLayout? layout)
    {
        Calls.Add(nameof(Chain));
        (long b, long t) = (inputIds.shape[0], inputIds.shape[1]);
        var seen = ones(t, t).tril();
        if (layout is not null)
        {
            seen = seen.mul(layout.SequenceIds.view(-1, 1).eq(layout.SequenceIds.view(1, -1)).to_type(ScalarType.Float32));
        }

        seen = seen.div(seen.sum(1, keepdim: true));                            // (T, T), each row adds up to 1
        var x = _embedding.index_select(0, inputIds.reshape(-1)).view(b, t, -1);
        return new LayerChain(training && EmbeddingNoise is { } noise ? noise(x) : x, [Layer(0), Layer(1)], y => y.mul(1));

        Func<Tensor, Tensor> Layer(int i) => y =>
        {
            LayerWeights?.Gather(i);
            return y.add(_mixes[i].call(seen.matmul(y)));
        };
    }

    private static Tensor Run(LayerChain chain) => chain.Last(chain.Layers.Aggregate(chain.Input, (x, layer) => layer(x)));

    protected override void RegisterComponents()
    {
    }
}
