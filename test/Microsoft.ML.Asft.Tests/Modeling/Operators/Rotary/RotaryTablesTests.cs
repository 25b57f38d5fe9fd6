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
