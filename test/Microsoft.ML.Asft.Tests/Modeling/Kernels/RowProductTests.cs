using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Kernels;

/// <summary>The product of few rows in each width of vectors that the processor supports.</summary>
public unsafe class RowProductTests
{
    public static TheoryData<int, int, int, ScalarType> Cases()
    {
        var cases = new TheoryData<int, int, int, ScalarType>();
        foreach (int bits in new[] { 128, 256, 512 }.Where(bits => bits <= VectorWidth.Bits))
        {
            foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            {
                cases.Add(bits, 576, 192, dtype);
                cases.Add(bits, 83, 21, dtype);      // neither is a multiple of anything
                cases.Add(bits, 8, 33, dtype);       // an adapter's rank
                cases.Add(bits, 3, 5, dtype);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_is_the_product_in_double_precision(int bits, int inputs, int outputs, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, w) = (randn(7, inputs), randn(outputs, inputs).to_type(dtype));
        var exact = x.to_type(ScalarType.Float64).mm(w.to_type(ScalarType.Float64).t());
        Assert.True(Multiply(x, w, bits).to_type(ScalarType.Float64).allclose(exact, 1e-5, 1e-4));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_is_the_same_to_the_last_bit_whatever_is_beside_it(int bits, int inputs, int outputs, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, w) = (randn(7, inputs), randn(outputs, inputs).to_type(dtype));
        var all = Multiply(x, w, bits);
        for (int row = 0; row < 7; row++)
        {
            Assert.True(all[row].eq(Multiply(x.narrow(0, row, 1), w, bits)[0]).all().item<bool>());
        }
    }

    [Fact]
    public void Only_the_outputs_that_were_asked_for_are_written()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, w) = (randn(2, 32), randn(12, 32));
        var y = zeros(2, 12);
        RowProduct.Multiply(WeightMatrix.Of(w), TensorMemory.Of<float>(x), 2, TensorMemory.Of<float>(y), 12, 3, 9, VectorWidth.Bits);
        Assert.True(y.narrow(1, 3, 6).allclose(x.mm(w.t()).narrow(1, 3, 6), 1e-4, 1e-4));
        Assert.Equal(0, y.narrow(1, 0, 3).abs().sum().item<float>() + y.narrow(1, 9, 3).abs().sum().item<float>());
    }

    private static Tensor Multiply(Tensor x, Tensor w, int bits)
    {
        using var input = x.contiguous();
        var y = zeros(x.shape[0], w.shape[0]);
        RowProduct.Multiply(
            WeightMatrix.Of(w), TensorMemory.Of<float>(input), (int)x.shape[0], TensorMemory.Of<float>(y), (int)w.shape[0], 0, (int)w.shape[0], bits);
        return y;
    }
}
