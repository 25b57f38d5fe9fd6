using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.FeedForward;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.FeedForward;

public class GatedFeedForwardTests
{
    [Theory]
    [InlineData(ScalarType.Float32, "Silu", false)]
    [InlineData(ScalarType.BFloat16, "Silu", false)]
    [InlineData(ScalarType.Float32, "GeluTanh", false)]
    [InlineData(ScalarType.BFloat16, "GeluTanh", false)]
    [InlineData(ScalarType.Float32, "Silu", true)]
    [InlineData(ScalarType.BFloat16, "Silu", true)]
    public void Both_forms_agree(ScalarType dtype, string activation, bool fused)
    {
        using var check = new OperatorCheck(dtype);
        LoraLinear Projection(long outputs, long inputs) => new(check.Random(0.2, outputs, inputs), check.Random(0.2, outputs));
        var f = Enum.Parse<GatedActivation>(activation);
        using var feedForward = fused ? new GatedFeedForward(Projection(104, 40), Projection(40, 52), f)
            : new GatedFeedForward(Projection(52, 40), Projection(52, 40), Projection(40, 52), f);
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
        GatedActivationKernel.Forward(gate, up, activated);
        check.Close("activation", nn.functional.silu(gate).mul(up), activated);
    }

    // The two ways of GELU differ by 5e-4 at most: too little for a model's losses to show it.
    [Fact]
    public void Gelu_and_its_slope_are_those_of_the_formula_with_tanh()
    {
        using var scope = NewDisposeScope();
        double[] x = [.. Enumerable.Range(-40, 81).Select(i => i / 8.0)];
        var gate = tensor(x, [1, x.Length], ScalarType.Float32);
        var (up, activated, gradient) = (ones_like(gate), empty_like(gate), ones_like(gate));
        GatedActivationKernel.Forward(gate, up, activated, GatedActivation.GeluTanh);
        GatedActivationKernel.Backward(gate, up, gradient, GatedActivation.GeluTanh);
        Assert.All(x.Select((value, i) => (value, i)), at =>
        {
            Assert.Equal(Gelu(at.value), activated[0, at.i].item<float>(), 1e-6);
            Assert.Equal((Gelu(at.value + 1e-5) - Gelu(at.value - 1e-5)) / 2e-5, gate[0, at.i].item<float>(), 2e-6);
        });

        static double Gelu(double value) =>
            0.5 * value * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (value + (0.044715 * value * value * value))));
    }
}
