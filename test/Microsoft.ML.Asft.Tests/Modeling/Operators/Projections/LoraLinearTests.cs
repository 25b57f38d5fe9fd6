using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.Projections;

public class LoraLinearTests
{
    public static IEnumerable<object[]> Cases =>
        from dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 }
        from bias in new[] { true, false }
        from rank in new[] { 0, 3, 9 }       // none; fewer than the kernel works on at a time; one more
        from dropout in new[] { 0, 0.4 }
        where rank > 0 || dropout == 0
        select new object[] { dtype, bias, rank, dropout };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_forms_agree(ScalarType dtype, bool bias, int rank, double dropout)
    {
        using var check = new OperatorCheck(dtype);
        using var projection = new LoraLinear(check.Random(0.2, 52, 40), bias ? check.Random(0.2, 52) : null) { DropoutSeed = 77 };
        if (rank > 0)
        {
            projection.AddAdapter(
                check.Random(0.2, rank, 40).to_type(ScalarType.Float32), check.Random(0.2, 52, rank).to_type(ScalarType.Float32), 1.5, dropout);
        }

        using var noise = new TokenNoise(check.Sequences.RowKeys, new float[check.Tokens], neftuneAlpha: 0, CPU);
        projection.Noise = noise;
        check.Run(
            projection,
            40,
            projection.call,
            (x, y, pass) => projection.Forward(x, y, add: false, pass),
            (x, gradient, inputGradient, pass) => projection.Backward(x, gradient, inputGradient, add: false, pass),
            training: dropout > 0);
    }

    [Theory]
    [MemberData(nameof(OperatorCheck.DTypes), MemberType = typeof(OperatorCheck))]
    public void The_output_can_be_added_to_the_residual_stream(ScalarType dtype)
    {
        using var check = new OperatorCheck(dtype);
        using var noGrad = no_grad();
        using var projection = new LoraLinear(check.Random(0.2, 52, 40), check.Random(0.2, 52));
        var (x, stream) = (check.Random(1, check.Tokens, 40), check.Random(1, check.Tokens, 52));
        var added = stream.clone();
        projection.Forward(x, added, add: true, check.CpuPass());
        check.Close("sum", stream.add(projection.call(x)), added);
    }
}
