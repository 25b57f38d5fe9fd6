using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.FeedForward;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.FeedForward;

public class GatedFeedForwardTests
{
    [Theory]
    [MemberData(nameof(OperatorCheck.DTypes), MemberType = typeof(OperatorCheck))]
    public void Both_forms_agree(ScalarType dtype)
    {
        using var check = new OperatorCheck(dtype);
        LoraLinear Projection(long outputs, long inputs) => new(check.Random(0.2, outputs, inputs), check.Random(0.2, outputs));
        using var feedForward = new GatedFeedForward(Projection(52, 40), Projection(52, 40), Projection(40, 52));
        using var kept = new BranchActivations(40, feedForward.ActivationWidths, dtype);
        check.Run(
            feedForward,
            40,
            x => feedForward.Forward(x, check.AutogradPass()),
            (x, y, pass) => feedForward.Forward(x, y, add: false, kept, pass),
            (x, gradient, inputGradient, pass) => feedForward.Backward(x, gradient, inputGradient, kept, pass));
    }

    [Theory]
    [MemberData(nameof(OperatorCheck.DTypes), MemberType = typeof(OperatorCheck))]
    public void The_kernel_of_decoding_computes_what_libtorch_does(ScalarType dtype)
    {
        using var check = new OperatorCheck(dtype);
        using var noGrad = no_grad();
        var (gate, up) = (check.Random(3, 5, 52), check.Random(1, 5, 52));
        var activated = empty_like(gate);
        SwiGluKernel.Forward(gate, up, activated);
        check.Close("activation", nn.functional.silu(gate).mul(up), activated);
    }
}
