using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.Projections;

public class LowRankKernelTests
{
    [Theory]
    [InlineData(1, 8, 576)]
    [InlineData(37, 8, 1030)]       // more columns than wait at a time
    [InlineData(5, 19, 70)]         // two blocks of ranks and three ranks over
    [InlineData(200, 64, 2051)]
    public void Products_with_the_factors_are_libtorchs(int rows, int rank, int width)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, a, z, y) = (randn(rows, width), randn(rank, width), randn(rows, rank), randn(rows, width));

        var projected = empty(rows, rank);
        LowRankKernel.Project(x, a, 0.5, null, projected);
        AssertClose(x.mm(a.t()).mul(0.5), projected);

        var expanded = y.clone();
        LowRankKernel.Expand(z, a, null, expanded);
        AssertClose(y.add(z.mm(a)), expanded);

        var gradient = a.clone();
        LowRankKernel.AddOuter(z, x, null, gradient);
        AssertClose(a.add(z.t().mm(x)), gradient);
    }

    private static void AssertClose(Tensor expected, Tensor found) =>
        Assert.True(found.allclose(expected, 1e-4, 1e-3), $"off by {found.sub(expected).abs().max().item<float>()}");
}
