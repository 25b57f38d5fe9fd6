using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling.Operators.Embeddings;

/// <summary>The token embedding: rows of a table (V, H) by token ids, times a multiplier that is 1 in most models.</summary>
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

    /// <summary>Gets the factor of embeddings.</summary>
    public double Multiplier => _multiplier;

    /// <summary>The forward pass under autograd or in decoding, from token ids, int64 (B, T), to (B, T, H).</summary>
    public override Tensor forward(Tensor input) => Scale(Rows(input));

    /// <summary>The first half of <see cref="forward"/>: the rows before the multiplier. NEFTune's noise is added to them.</summary>
    public Tensor Rows(Tensor input) => _weight.index_select(0, input.reshape(-1)).view(input.shape[0], input.shape[1], -1);

    /// <summary>The second half of <see cref="forward"/>: applies the multiplier.</summary>
    public Tensor Scale(Tensor rows) => _multiplier == 1 ? rows : rows.Mul(_multiplier);

    /// <summary>The forward pass on the CPU, without autograd.</summary>
    /// <param name="sequences">The token ids.</param>
    /// <param name="y">Receives the embeddings, (N, H).</param>
    /// <returns><paramref name="y"/>.</returns>
    public Tensor Forward(PackedSequences sequences, Tensor y) => y.copy_(Scale(_weight.index_select(0, tensor(sequences.Ids, ScalarType.Int64))));

    /// <summary>The embeddings of tokens in decoding.</summary>
    /// <param name="ids">The token ids.</param>
    /// <param name="y">Receives the embeddings, (rows, H).</param>
    public unsafe void Decode(ReadOnlySpan<long> ids, float* y)
    {
        long width = _weight.shape[1];
        for (int row = 0; row < ids.Length; row++)
        {
            TensorMemory.WidenRow(_weight, ids[row], width, y + (row * width));
        }

        var all = new Span<float>(y, (int)(ids.Length * width));
        if (_multiplier != 1)
        {
            TensorPrimitives.Multiply(all, (float)_multiplier, all);
        }
    }

    /// <summary>The backward pass on the CPU: adds to the table's gradient, if the table is trained.</summary>
    /// <param name="outputGradient">The gradient of the embeddings, (N, H).</param>
    /// <param name="pass">The current pass.</param>
    public void Backward(Tensor outputGradient, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        pass.GradientOf(_weight)?.IndexAdd_(
            0, tensor(pass.Sequences.Ids, ScalarType.Int64), outputGradient.to_type(ScalarType.Float32), _multiplier);
    }

    protected override void RegisterComponents()
    {
    }
}
