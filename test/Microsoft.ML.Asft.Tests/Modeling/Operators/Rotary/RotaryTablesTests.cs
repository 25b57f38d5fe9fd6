using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.Rotary;

public class RotaryTablesTests
{
    public static TheoryData<ScalarType, bool> Cases => new()
    {
        { ScalarType.Float32, true }, { ScalarType.Float32, false }, { ScalarType.BFloat16, true }, { ScalarType.BFloat16, false },
    };

    // arXiv 2402.13753: the text's length chooses the list of divisors, and cosine and sine are multiplied by √(1 + ln 4 / ln 20).
    [Theory]
    [InlineData(20, 1.5)]
    [InlineData(21, 7.0)]
    public void With_longrope_a_text_has_the_divisors_for_its_length_and_the_rest_of_a_head_does_not_change(int length, double divisor)
    {
        using var scope = NewDisposeScope();
        var config = ModelConfig.Create("phi3", 61, 40, 52, 1, 4, 2, headDim: 8) with
        {
            PartialRotaryFactor = 0.5,
            RopeScaling = new RopeScaling("longrope", 4) { OriginalMaxPositionEmbeddings = 20, LongRope = new([1, 1.5], [3, 7]) },
        };
        using var rotary = new RotaryEmbedding(config, ScalarType.Float32, CPU);
        var x = arange(1, 9, ScalarType.Float32).view(1, 1, 1, 8);
        double angle = 19 * Math.Pow(10_000, -0.5) / divisor;         // the angle of the second pair at position 19
        double factor = Math.Sqrt(1 + (Math.Log(4) / Math.Log(20)));
        foreach (var tables in new[] { rotary.At(19, 1, length), rotary.At([19], 1, length), rotary.At(tensor([19L], [1, 1]), 64, tensor([(long)length], [1, 1])) })
        {
            var y = tables.Apply(x).view(8);
            Assert.Equal(factor * ((2 * Math.Cos(angle)) - (4 * Math.Sin(angle))), y[1].item<float>(), 1e-4);
            Assert.Equal(factor * ((4 * Math.Cos(angle)) + (2 * Math.Sin(angle))), y[3].item<float>(), 1e-4);
            Assert.True(y.narrow(0, 4, 4).equal(x.view(8).narrow(0, 4, 4)).all().item<bool>());
        }
    }

    [Theory]
    [InlineData(1.0, ScalarType.Float32)]
    [InlineData(0.5, ScalarType.Float32)]
    [InlineData(1.0, ScalarType.BFloat16)]
    public void The_compiled_function_is_the_operators_and_so_are_its_gradients(double share, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var config = ModelConfig.Create("llama", 61, 40, 52, 1, 4, 2, headDim: 8) with { PartialRotaryFactor = share };
        using var rotary = new RotaryEmbedding(config, dtype, CPU);
        var plain = rotary.At(3, 5);
        double tolerance = dtype == ScalarType.Float32 ? 1e-6 : 0.02;
        foreach (var tables in new[] { plain, plain with { QueryScale = full([5, 1], 1.5, dtype) } })
        {
            var (q, k) = (Random(4), Random(2));
            var (upstreamOfQueries, upstreamOfKeys) = (Random(4).detach(), Random(2).detach());
            var expected = tables.Apply(q, k);
            for (int call = 0; call < 4; call++)      // TorchScript optimizes a function after its first calls
            {
                var actual = tables.Fused(q, k);
                Close(expected.Queries, actual.Queries);
                Close(expected.Keys, actual.Keys);
                foreach (var (one, other) in Gradients(expected).Zip(Gradients(actual)))
                {
                    Close(one, other);
                }
            }

            Tensor[] Gradients((Tensor Queries, Tensor Keys) output) =>
                [.. autograd.grad([output.Queries, output.Keys], [q, k], [upstreamOfQueries, upstreamOfKeys], retain_graph: true)];
        }

        // As attention has them: (B, T, H, D) with the middle exchanged.
        Tensor Random(long heads) => empty([2, 5, heads, 8]).normal_(0, 1, generator).to_type(dtype).transpose(1, 2).detach().requires_grad_();

        void Close(Tensor one, Tensor other) =>
            Assert.InRange(one.sub(other).abs().max().to_type(ScalarType.Float32).item<float>(), 0, tolerance);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_forms_rotate_alike_and_the_way_back_is_the_transpose(ScalarType dtype, bool rotates)
    {
        // Heads whose halves sixteen does not divide.
        using var check = new OperatorCheck(dtype, ModelConfig.Create("llama", 61, 40, 52, 1, 4, 2, headDim: 14));
        var shape = new HeadShape(KeyValueHeads: 2, Groups: 2, Dim: 14);
        using var none = nn.Identity();
        check.Run(
            none,
            shape.Width,
            x =>
            {
                var heads = x.view(1, check.Tokens, 4, 14).transpose(1, 2);                                     // (1, H, N, D)
                return Layout(rotates ? check.AutogradPass().Rotary.Apply(heads) : heads);
            },
            (x, y, pass) => HeadLayoutKernel.SplitHeads(x, y, shape, check.Sequences, rotates ? pass.RotaryTables : null),
            (_, gradient, inputGradient, pass) =>
                HeadLayoutKernel.MergeHeads(gradient, inputGradient, shape, check.Sequences, rotates ? pass.RotaryTables : null));

        // For each sequence of T tokens (Hk, T, G, D), one after the other.
        Tensor Layout(Tensor heads) => cat([.. Enumerable.Range(0, check.Sequences.Starts.Length - 1).Select(i =>
        {
            long start = check.Sequences.Starts[i];
            return heads.narrow(2, start, check.Sequences.Starts[i + 1] - start).reshape(2, 2, -1, 14).transpose(1, 2).reshape(-1);
        })]);
    }
}
