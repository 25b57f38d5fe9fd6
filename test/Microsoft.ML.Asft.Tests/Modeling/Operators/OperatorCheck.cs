using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Attention;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators;

/// <summary>
/// Holds an operator's two forms together: what it returns, and the gradients of its input and of every parameter, by autograd and by the
/// passes written by hand. The number format is the same on both sides.
/// </summary>
internal sealed class OperatorCheck : IDisposable
{
    /// <summary>One sequence needs two blocks of queries; two are of one length.</summary>
    private static readonly int[] Lengths = [7, 290, 21, 21];

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Generator _generator = new(3);
    private readonly RotaryEmbedding _rotary;
    private readonly RotaryEmbedding _rotary32;
    private readonly CausalMask _mask;
    private readonly Workspace _workspace;

    public OperatorCheck(ScalarType dtype, ModelConfig? config = null)
    {
        DType = dtype;
        config ??= ModelConfig.Create("llama", 61, 40, 52, 1, 4, 2);
        Sequences = new PackedSequences(
            [.. Lengths.Select((length, i) => (ReadOnlyMemory<int>)Enumerable.Range(i, length).Select(id => id % 61).ToArray())], [5, 6, 7, 8]);
        (_rotary, _rotary32) = (new RotaryEmbedding(config, dtype, CPU), new RotaryEmbedding(config, ScalarType.Float32, CPU));
        _mask = new CausalMask(config, dtype, CPU);
        _workspace = new Workspace(dtype);
    }

    /// <summary>Gets the formats, for theories.</summary>
    public static TheoryData<ScalarType> DTypes => new() { ScalarType.Float32, ScalarType.BFloat16 };

    public ScalarType DType { get; }

    public PackedSequences Sequences { get; }

    public long Tokens => Sequences.TokenCount;

    /// <summary>Gets how far the two may be apart, relative to the length of the whole: some units of bfloat16's 2⁻⁹, as each form rounds at its own places.</summary>
    private double Tolerance => DType == ScalarType.Float32 ? 1e-5 : 2.5e-2;

    /// <summary>Numbers from N(0, deviation²).</summary>
    public Tensor Random(double deviation, params long[] shape)
    {
        using var noGrad = no_grad();
        return empty(shape).normal_(0, deviation, _generator).to_type(DType);
    }

    public AutogradPass AutogradPass()
    {
        var (_, layout) = Sequences.ToTensors(CPU);
        var (full, windowed) = _mask.ForPacked(layout.SequenceIds.view(-1));
        return new AutogradPass(_rotary.At(layout.PositionIds, layout.LongestLength, layout.SequenceLengths), full, windowed);
    }

    public CpuPass CpuPass(bool training = false) => new(Sequences, _rotary32, _workspace, training);

    /// <summary>Compares the two forms.</summary>
    /// <param name="module">Whose parameters are trained.</param>
    /// <param name="width">The input's width.</param>
    /// <param name="autograd">From (1, N, width).</param>
    /// <param name="forward">From (N, width) to (N, the output's width).</param>
    /// <param name="backward">From the input and the output's gradient to the input's gradient.</param>
    /// <param name="training">Whether dropout is on.</param>
    public void Run(
        nn.Module module, long width, Func<Tensor, Tensor> autograd, Action<Tensor, Tensor, CpuPass> forward,
        Action<Tensor, Tensor, Tensor, CpuPass> backward, bool training = false)
    {
        module.train(training);
        var x = Random(1, Tokens, width);
        var parameters = module.named_parameters().ToArray();
        foreach (var (_, parameter) in parameters)
        {
            parameter.requires_grad = true;
        }

        var input = x.clone().requires_grad_(true);
        var expected = autograd(input.view(1, Tokens, width)).view(Tokens, -1);
        var outputGradient = Random(1, Tokens, expected.shape[1]);
        expected.backward([outputGradient]);

        using var noGrad = no_grad();
        var gradients = parameters.ToDictionary(
            p => (Tensor)p.parameter, p => zeros(p.parameter.shape, ScalarType.Float32), (IEqualityComparer<Tensor>)ReferenceEqualityComparer.Instance);
        var pass = CpuPass(training) with { GradientOf = gradients.GetValueOrDefault };
        var actual = full_like(expected, float.NaN);
        forward(x, actual, pass);
        var inputGradient = full_like(x, float.NaN);
        backward(x, outputGradient, inputGradient, pass);

        Close("output", expected, actual);
        Close("gradient of the input", input.grad!, inputGradient);
        foreach (var (name, parameter) in parameters)
        {
            Close($"gradient of {name}", parameter.grad!, gradients[parameter]);
        }
    }

    public void Close(string what, Tensor expected, Tensor actual)
    {
        var e = expected.to_type(ScalarType.Float32);
        double error = e.sub(actual.to_type(ScalarType.Float32)).norm().item<float>() / e.norm().item<float>();
        Assert.True(error < Tolerance, $"The {what} is off by {error} of its length.");
    }

    public void Dispose()
    {
        _rotary.Dispose();
        _rotary32.Dispose();
        _mask.Dispose();
        _workspace.Dispose();
        _generator.Dispose();
        _scope.Dispose();
    }
}
