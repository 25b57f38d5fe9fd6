namespace TorchSharp.Polyfill.Tests;

public class ArithmeticTests
{
    private static readonly double[] Left = [0.5, -1.25, 3.0, 2.0];
    private static readonly double[] Right = [2.0, 0.75, -1.5, 4.0];

    public static TheoryData<string, Func<Tensor, Tensor, Tensor>, Func<double, double, double>> Binary => new() {
        { "add", (a, b) => a.add(b), (a, b) => a + b },
        { "add alpha", (a, b) => a.add(b, 0.5), (a, b) => a + 0.5 * b },
        { "+", (a, b) => a + b, (a, b) => a + b },
        { "- int", (a, b) => 1 - a + b, (a, b) => 1 - a + b },
        { "sub", (a, b) => a.sub(b), (a, b) => a - b },
        { "mul", (a, b) => a * b, (a, b) => a * b },
        { "div", (a, b) => a / b, (a, b) => a / b },
        { "div floor", (a, b) => a.div(b, RoundingMode.floor), (a, b) => Math.Floor(a / b) },
        { "div trunc", (a, b) => a.div(b, RoundingMode.trunc), (a, b) => Math.Truncate(a / b) },
        { "scalar / tensor", (a, b) => 2.0 / b, (a, b) => 2.0 / b },
        { "%", (a, b) => a % b, (a, b) => a - b * Math.Floor(a / b) },
        { "maximum", (a, b) => maximum(a, b), Math.Max },
        { "minimum", (a, b) => minimum(a, b), Math.Min },
        { "lerp", (a, b) => a.lerp(b, tensor(0.25)), (a, b) => a + 0.25 * (b - a) },
        { "addcmul", (a, b) => a.addcmul(a, b, 3), (a, b) => a + 3 * a * b },
        { "addcdiv", (a, b) => a.addcdiv(a, b, 3), (a, b) => a + 3 * a / b },
        { "pow", (a, b) => a.abs().pow(b), (a, b) => Math.Pow(Math.Abs(a), b) },
    };

    [Theory]
    [MemberData(nameof(Binary), DisableDiscoveryEnumeration = true)]
    public void Two_tensors_combine_element_by_element(
        string name, Func<Tensor, Tensor, Tensor> actual, Func<double, double, double> expected)
    {
        Assert.NotEmpty(name);
        using var scope = NewDisposeScope();
        Expect.Values(Left.Zip(Right, expected).ToArray(), actual(tensor(Left), tensor(Right)));
    }

    public static TheoryData<string, Func<Tensor, Tensor>, Func<double, double>> Unary => new() {
        { "neg", a => -a, a => -a },
        { "abs", a => a.abs(), Math.Abs },
        { "exp", a => a.exp(), Math.Exp },
        { "expm1", a => a.expm1(), a => Math.Exp(a) - 1 },
        { "log", a => a.abs().log(), a => Math.Log(Math.Abs(a)) },
        { "log1p", a => a.abs().log1p(), a => Math.Log(1 + Math.Abs(a)) },
        { "log2", a => a.abs().log2(), a => Math.Log2(Math.Abs(a)) },
        { "sqrt", a => a.abs().sqrt(), a => Math.Sqrt(Math.Abs(a)) },
        { "rsqrt", a => a.abs().rsqrt(), a => 1 / Math.Sqrt(Math.Abs(a)) },
        { "square", a => a.square(), a => a * a },
        { "reciprocal", a => a.reciprocal(), a => 1 / a },
        { "sin", a => a.sin(), Math.Sin },
        { "cos", a => a.cos(), Math.Cos },
        { "tanh", a => a.tanh(), Math.Tanh },
        { "sigmoid", a => a.sigmoid(), a => 1 / (1 + Math.Exp(-a)) },
        { "silu", a => a.silu(), a => a / (1 + Math.Exp(-a)) },
        { "relu", a => a.relu(), a => Math.Max(0, a) },
        { "softplus", a => a.softplus(), a => Math.Log(1 + Math.Exp(a)) },
        { "sign", a => a.sign(), a => Math.Sign(a) },
        { "floor", a => a.floor(), Math.Floor },
        { "ceil", a => a.ceil(), Math.Ceiling },
        { "trunc", a => a.trunc(), Math.Truncate },
        { "round", a => a.round(), a => Math.Round(a, MidpointRounding.ToEven) },
        { "round decimals", a => a.round(1), a => Math.Round(a * 10, MidpointRounding.ToEven) / 10 },
        { "clamp", a => a.clamp(-1, 2.5), a => Math.Clamp(a, -1, 2.5) },
        { "clamp_min", a => a.clamp_min(0), a => Math.Max(a, 0) },
        { "clamp_max", a => a.clamp_max(0), a => Math.Min(a, 0) },
        { "pow scalar", a => a.pow(3), a => a * a * a },
    };

    [Theory]
    [MemberData(nameof(Unary), DisableDiscoveryEnumeration = true)]
    public void One_tensor_maps_element_by_element(string name, Func<Tensor, Tensor> actual, Func<double, double> expected)
    {
        Assert.NotEmpty(name);
        using var scope = NewDisposeScope();
        Expect.Values(Left.Select(expected).ToArray(), actual(tensor(Left)));
    }

    [Fact]
    public void In_place_forms_change_the_tensor_and_return_it()
    {
        using var scope = NewDisposeScope();
        var x = tensor(Left);
        var one = tensor(new[] { 1.0, 1.0, 1.0, 1.0 });
        Assert.Same(x, x.add_(1).mul_(2).sub_(one).div_(2).pow_(2).neg_());
        Expect.Values(Left.Select(a => -Math.Pow((2 * (a + 1) - 1) / 2, 2)).ToArray(), x);
        Assert.Same(x, x.copy_(one).exp_().log_().add_(one, 3).addcmul_(one, one, 2).addcdiv_(one, one, -1).clamp_(0, 4.5));
        Expect.Values([4.5, 4.5, 4.5, 4.5], x);
        Assert.Same(x, x.fill_(81).sqrt_().rsqrt_().reciprocal_().sub_(tensor(4.0)));
        Expect.Values([-1, -1, -1, -1], x);
        x.zero_();
        Expect.Values([0, 0, 0, 0], x);
    }

    [Fact]
    public void Bits_of_integers_are_set_as_in_PyTorch()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 12, -16, int.MaxValue });
        Expect.Values([3, -4, int.MaxValue >> 2], x.bitwise_right_shift(tensor(2)));
        Expect.Values([12, -16, int.MaxValue], x);
        Assert.Same(x, x.bitwise_and_(tensor(-8)));
        Expect.Values([8, -16, int.MaxValue - 7], x);
        Assert.Same(x, x.bitwise_xor_(tensor(24)));
        Expect.Values([16, -24, (int.MaxValue - 7) ^ 24], x);
        Expect.Values([unchecked((int)0x9E3779B1 * 12345)], tensor(new[] { 12345 }).mul_(unchecked((int)0x9E3779B1)));
    }

    [Fact]
    public void Shapes_broadcast_as_in_PyTorch()
    {
        using var scope = NewDisposeScope();
        var column = tensor(new[] { 1.0, 2.0 }, 2, 1);
        var row = tensor(new[] { 10.0, 20.0, 30.0 });
        var sum = column + row;
        Expect.Shape([2, 3], sum);
        Expect.Values([11, 21, 31, 12, 22, 32], sum);
    }

    [Fact]
    public void Types_promote_as_in_PyTorch()
    {
        using var scope = NewDisposeScope();
        var integers = tensor(new[] { 1, 2 });
        Assert.Equal(int32, (integers + 1).dtype);
        Assert.Equal(float32, (integers + 1.5).dtype);
        Assert.Equal(float32, (integers / 2).dtype);
        Assert.Equal(int64, (integers + tensor(new[] { 1L, 2L })).dtype);
        Assert.Equal(bfloat16, (ones(2, dtype: bfloat16) * 0.5).dtype);
        Assert.Equal(float32, (ones(2, dtype: bfloat16) * ones(2)).dtype);
        Assert.Equal(float64, promote_types(float32, float64));
    }

    [Fact]
    public void Products_of_matrices_agree_with_sums_written_out()
    {
        using var scope = NewDisposeScope();
        var a = arange(6, dtype: float64).reshape(2, 3);
        var b = arange(12, dtype: float64).reshape(3, 4);
        var expected = new double[8];
        for (var i = 0; i < 2; i++)
            for (var j = 0; j < 4; j++)
                for (var k = 0; k < 3; k++) expected[i * 4 + j] += (3 * i + k) * (4 * k + j);

        Expect.Values(expected, a.mm(b));
        Expect.Values(expected, matmul(a, b));
        Expect.Values(expected, a.unsqueeze(0).bmm(b.unsqueeze(0)));
        Expect.Values(expected.Select(e => 1 + 2 * e).ToArray(), ones(2, 4, dtype: float64).addmm(a, b, 1, 2));
        Expect.Values([5, 14], a.mv(tensor(new[] { 0.0, 1, 2 })));
        Expect.Values([0, 0, 2, 3], tensor(new[] { 0.0, 1 }).outer(tensor(new[] { 2.0, 3 })));
        Expect.Values([2 * 5 + 1, 2 * 14 + 1], ones(2, dtype: float64).addmv(a, tensor(new[] { 0.0, 1, 2 }), 1, 2));
        Expect.Values([Math.Sqrt(55)], a.norm());
        Expect.Values([Math.Sqrt(5), Math.Sqrt(50)], a.norm(1));
        Expect.Values([15], a.norm(1f));
    }
}
