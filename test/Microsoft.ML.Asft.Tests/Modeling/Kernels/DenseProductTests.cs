using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Kernels;

/// <summary>The convolutions are compared with float64 products on every processor, also where the library does not use them.</summary>
public class DenseProductTests
{
    public static TheoryData<int, int, int, bool> Shapes { get; } = new()
    {
        { 200, 128, 64, false },
        { 200, 128, 64, true },
        { 163, 127, 193, true },     // no multiple of any vector
        { 40, 1024, 900, false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_product_with_the_weights_is_that_of_float64(int rows, int inputs, int outputs, bool add)
    {
        using var scope = NewDisposeScope();
        var (x, weight, y) = (Random(rows, inputs, 1), Random(outputs, inputs, 2), Random(rows, outputs, 3));
        var expected = Exact(x).mm(Exact(weight).t()).add(add ? Exact(y) : zeros(1, ScalarType.Float64));

        DenseProduct.MultiplyByConvolution(x, weight, y, add);

        AssertClose(expected, y, inputs);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_product_with_the_weights_transposed_is_that_of_float64(int rows, int inputs, int outputs, bool add)
    {
        using var scope = NewDisposeScope();
        var (gradient, weight, result) = (Random(rows, outputs, 1), Random(outputs, inputs, 2), Random(rows, inputs, 3));
        var expected = Exact(gradient).mm(Exact(weight)).add(add ? Exact(result) : zeros(1, ScalarType.Float64));

        DenseProduct.MultiplyTransposedByConvolution(gradient, weight, result, add);

        AssertClose(expected, result, outputs);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 3)]
    [InlineData(ScalarType.Float32, 13_107)]     // large enough to be a convolution
    [InlineData(ScalarType.BFloat16, 200)]
    public void Products_agree_with_float64_whichever_way_is_chosen(ScalarType dtype, int rows)
    {
        using var scope = NewDisposeScope();
        var (x, weight, y) = (Random(rows, 160, 1).to_type(dtype), Random(96, 160, 2).to_type(dtype), Random(rows, 96, 3).to_type(dtype));
        var bias = Random(96, 1, 4).flatten().to_type(dtype);
        var product = Exact(x).mm(Exact(weight).t());
        double tolerance = dtype == ScalarType.Float32 ? 1e-4 : 0.5;

        Assert.True(DenseProduct.Linear(x.view(1, rows, 160), weight, bias).view(rows, 96).to_type(ScalarType.Float64).allclose(product + Exact(bias), 0, tolerance));
        Assert.True(DenseProduct.Multiply(x, weight, y, add: false).to_type(ScalarType.Float64).allclose(product, 0, tolerance));
        DenseProduct.MultiplyTransposed(y, weight, x, add: false);
        Assert.True(x.to_type(ScalarType.Float64).allclose(Exact(y).mm(Exact(weight)), 0.01, tolerance * 10));
    }

    private static Tensor Random(int rows, int columns, int seed) => randn([rows, columns], generator: new Generator((ulong)seed));

    private static Tensor Exact(Tensor tensor) => tensor.to_type(ScalarType.Float64);

    private static void AssertClose(Tensor expected, Tensor actual, int terms) =>
        Assert.InRange((Exact(actual) - expected).abs().max().item<double>(), 0, 1e-6 * terms);
}
