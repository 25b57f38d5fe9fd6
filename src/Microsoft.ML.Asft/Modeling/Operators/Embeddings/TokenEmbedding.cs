using Microsoft.ML.Asft.Modeling.Execution;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Embeddings;

/// <summary>The rows of a table (V, H), by token ids, times a number that is 1 in most models.</summary>
internal sealed class TokenEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly double _multiplier;

    public TokenEmbedding(Tensor weight, double multiplier = 1)
        : base(nameof(TokenEmbedding))
    {
        _multiplier = multiplier;
        _weight = new Parameter(weight, requires_grad: false);
        register_parameter("weight", _weight);
    }

    public Parameter Weight => _weight;

    /// <summary>Gets what rows are multiplied by.</summary>
    public double Multiplier => _multiplier;

    /// <summary>Under autograd, or decoding: int64 (B, T) to (B, T, H).</summary>
    public override Tensor forward(Tensor input) => Scale(Rows(input));

    /// <summary>The first half of <see cref="forward"/>: the rows as they are, which noise is added to.</summary>
    public Tensor Rows(Tensor input) => _weight.index_select(0, input.reshape(-1)).view(input.shape[0], input.shape[1], -1);

    /// <summary>The second half of <see cref="forward"/>.</summary>
    public Tensor Scale(Tensor rows) => _multiplier == 1 ? rows : rows.mul(_multiplier);

    /// <summary>On the CPU, without autograd.</summary>
    /// <param name="sequences">The ids.</param>
    /// <param name="y">Where the rows go, (N, H).</param>
    /// <returns><paramref name="y"/>.</returns>
    public Tensor Forward(PackedSequences sequences, Tensor y) => y.copy_(Scale(_weight.index_select(0, tensor(sequences.Ids, ScalarType.Int64))));

    /// <summary>Adds to the table's gradient, where the table is trained.</summary>
    /// <param name="outputGradient">(N, H).</param>
    /// <param name="pass">What the pass shares.</param>
    public void Backward(Tensor outputGradient, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        pass.GradientOf(_weight)?.index_add_(
            0, tensor(pass.Sequences.Ids, ScalarType.Int64), outputGradient.to_type(ScalarType.Float32), _multiplier);
    }

    protected override void RegisterComponents()
    {
    }
}
