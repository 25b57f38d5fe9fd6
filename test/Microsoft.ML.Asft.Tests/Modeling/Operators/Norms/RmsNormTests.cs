using Microsoft.ML.Asft.Modeling.Operators.Norms;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.Norms;

public class RmsNormTests
{
    public static TheoryData<ScalarType, long> Cases => new()
    {
        { ScalarType.Float32, 40 }, { ScalarType.Float32, 10 }, { ScalarType.BFloat16, 40 }, { ScalarType.BFloat16, 10 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_forms_agree_over_the_whole_width_and_over_heads(ScalarType dtype, long width)
    {
        using var check = new OperatorCheck(dtype);
        using var norm = new RmsNorm(check.Random(0.3, width).add_(1), 1e-5);
        check.Run(
            norm,
            40,
            x => norm.call(x.view(1, check.Tokens, -1, width)),
            (x, y, _) => norm.Forward(x, y),
            (x, gradient, inputGradient, pass) => norm.Backward(x, gradient, inputGradient, add: false, pass));
    }

    [Theory]
    [MemberData(nameof(OperatorCheck.DTypes), MemberType = typeof(OperatorCheck))]
    public void The_gradient_can_be_added_to_one_that_is_there(ScalarType dtype)
    {
        using var check = new OperatorCheck(dtype);
        using var noGrad = no_grad();
        using var norm = new RmsNorm(check.Random(0.3, 40).add_(1), 1e-5);
        var (x, gradient, there) = (check.Random(1, check.Tokens, 40), check.Random(1, check.Tokens, 40), check.Random(1, check.Tokens, 40));
        var (set, added) = (empty_like(x), there.clone());
        norm.Backward(x, gradient, set, add: false, check.CpuPass());
        norm.Backward(x, gradient, added, add: true, check.CpuPass());
        check.Close("sum", there.add(set), added);
    }
}
