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
    [MemberData(nameof(Cases))]
    public void The_fused_form_agrees_too(ScalarType dtype, long width)
    {
        using var check = new OperatorCheck(dtype);
        using var norm = new RmsNorm(check.Random(0.3, width).add_(1), 1e-5);
        check.Run(
            norm,
            40,
            x => norm.Fused(x.view(1, check.Tokens, -1, width)),
            (x, y, _) => norm.Forward(x, y),
            (x, gradient, inputGradient, pass) => norm.Backward(x, gradient, inputGradient, add: false, pass));
    }

    [Fact]
    public void Rounded_last_it_is_to_the_last_digit_what_float32_rounds_to()
    {
        using var check = new OperatorCheck(ScalarType.BFloat16);
        using var noGrad = no_grad();
        var (x, weight) = (check.Random(1, 1, check.Tokens, 40), check.Random(0.3, 40).add_(1));
        using var last = new RmsNorm(weight.clone(), 1e-5, roundsLast: true);
        using var first = new RmsNorm(weight.clone(), 1e-5);
        using var single = new RmsNorm(weight.to_type(ScalarType.Float32), 1e-5);
        var exact = single.call(x.to_type(ScalarType.Float32)).to_type(ScalarType.BFloat16);
        Assert.True(last.call(x).equal(exact).all().item<bool>());
        Assert.False(first.call(x).equal(exact).all().item<bool>());
    }

    [Theory]
    [InlineData(ScalarType.Float32, 40, true)]
    [InlineData(ScalarType.Float32, 10, false)]
    [InlineData(ScalarType.BFloat16, 40, true)]
    [InlineData(ScalarType.BFloat16, 10, false)]
    public void Both_forms_agree_with_one_added_to_the_weight(ScalarType dtype, long width, bool roundsLast)
    {
        using var check = new OperatorCheck(dtype);
        using var norm = new RmsNorm(check.Random(0.3, width), 1e-5, roundsLast, offset: 1);
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
