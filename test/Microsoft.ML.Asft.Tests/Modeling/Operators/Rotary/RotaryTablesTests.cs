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
