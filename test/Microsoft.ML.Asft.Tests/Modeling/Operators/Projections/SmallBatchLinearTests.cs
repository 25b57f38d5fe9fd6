using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Operators.Projections;

public class SmallBatchLinearTests
{
    [Theory]
    [InlineData(1, 576, 192)]
    [InlineData(2, 100, 7)]
    [InlineData(5, 17, 4099)]
    [InlineData(SmallBatch.MaxRows, 64, 1024)]
    [InlineData(SmallBatch.MaxRows + 1, 64, 1024)]
    public void It_is_the_product_in_double_precision(int rows, int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, w, b) = (randn(rows, inputs), randn(outputs, inputs), randn(outputs));
        var expected = x.to_type(ScalarType.Float64).mm(w.to_type(ScalarType.Float64).t()).add(b);
        var found = SmallBatchLinear.Linear(x, w, b);
        Assert.Equal([rows, outputs], found.shape);
        Assert.True(found.to_type(ScalarType.Float64).allclose(expected, 1e-5, 1e-4));
    }

    [Fact]
    public void In_half_precision_it_is_the_rounded_product_of_the_rounded_numbers()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, w) = (randn(3, 90).to_type(ScalarType.BFloat16), randn(50, 90).to_type(ScalarType.BFloat16));
        var exact = x.to_type(ScalarType.Float64).mm(w.to_type(ScalarType.Float64).t());
        var found = SmallBatchLinear.Linear(x, w, null);
        Assert.Equal(ScalarType.BFloat16, found.dtype);
        Assert.True(found.to_type(ScalarType.Float64).allclose(exact, 5e-3, 1e-4));
    }

    [Fact]
    public void A_row_is_the_same_to_the_last_bit_whatever_is_beside_it()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, w) = (randn(7, 83), randn(2001, 83));
        var all = SmallBatchLinear.Linear(x, w, null);
        for (int row = 0; row < 7; row++)
        {
            Assert.True(all[row].eq(SmallBatchLinear.Linear(x.narrow(0, row, 1), w, null)[0]).all().item<bool>());
        }
    }

    [Fact]
    public void With_a_gradient_wanted_it_leaves_the_product_to_libtorch()
    {
        using var scope = NewDisposeScope();
        var (x, w) = (randn(2, 8), randn(4, 8, requires_grad: true));
        SmallBatchLinear.Linear(x, w, null).sum().backward();
        Assert.True(w.grad!.allclose(x.sum(0L).expand(4, 8)));
    }
}
