using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>The smallest language model there is: a token's hidden state comes of that token alone.</summary>
internal sealed class BigramModel : CausalLanguageModel
{
    private readonly Parameter _embedding;
    private readonly LoraLinear _mix;
    private readonly Parameter _head;

    public BigramModel(int vocabulary, int hidden)
        : base(nameof(BigramModel))
    {
        using var generator = new Generator(5);
        _embedding = new Parameter(empty(vocabulary, hidden).normal_(0, 1, generator), requires_grad: false);
        _mix = new LoraLinear(empty(hidden, hidden).normal_(0, 0.3, generator));
        _head = new Parameter(empty(vocabulary, hidden).normal_(0, 0.3, generator), requires_grad: false);
        RegisterComponents();
    }

    public override Tensor HeadWeight => _head;

    public override IReadOnlyList<int> EndOfSequenceTokenIds => [Letters.EndOfText];

    /// <summary>Gets how many passes there have been.</summary>
    public int Passes { get; private set; }

    public override Tensor Forward(Tensor inputIds, Tensor? attentionMask = null, KeyValueCache? cache = null)
    {
        Passes++;
        var x = _embedding.index_select(0, inputIds.reshape(-1)).view(inputIds.shape[0], inputIds.shape[1], -1);
        return x.add(_mix.call(x));
    }
}
