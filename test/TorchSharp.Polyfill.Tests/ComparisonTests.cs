namespace TorchSharp.Polyfill.Tests;

public class ComparisonTests
{
    [Fact]
    public void Comparisons_give_truth_values()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (tensor(new[] { 1.0, 2, 3 }), tensor(new[] { 3.0, 2, 1 }));
        Expect.Values([0, 1, 0], a == b);
        Expect.Values([1, 0, 1], a != b);
        Expect.Values([1, 0, 0], a < b);
        Expect.Values([1, 1, 0], a <= b);
        Expect.Values([0, 0, 1], a > 2);
        Expect.Values([0, 1, 1], a >= 2.0);
        Expect.Values([1, 0, 0], 2 > a);
        Assert.Equal(@bool, (a == b).dtype);
    }

    [Fact]
    public void Logic_combines_truth_values()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (tensor(new[] { true, true, false, false }), tensor(new[] { true, false, true, false }));
        Expect.Values([1, 0, 0, 0], a & b);
        Expect.Values([1, 1, 1, 0], a.logical_or(b));
        Expect.Values([0, 1, 1, 0], a ^ b);
        Expect.Values([0, 0, 1, 1], a.logical_not());
        Assert.True((a | b).any().ToBoolean());
        Assert.False(a.all().ToBoolean());
        Expect.Values([1, 1], stack([a, b]).any(1));
    }

    [Fact]
    public void Not_a_number_and_infinity_are_found()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1, double.NaN, double.PositiveInfinity, double.NegativeInfinity });
        Expect.Values([1, 0, 0, 0], x.isfinite());
        Expect.Values([0, 1, 0, 0], x.isnan());
        Expect.Values([0, 0, 1, 1], x.isinf());
        Expect.Values([1, 7, 8, 9], x.nan_to_num(7, 8, 9));
    }

    [Fact]
    public void Closeness_looks_at_values_and_Equals_at_every_bit()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.0, 2.0 });
        Assert.True(x.allclose(x + 1e-9));
        Assert.False(x.allclose(x + 1e-3));
        Assert.True(x.allclose(x + 1e-3, atol: 1e-2));
        Assert.True(x.Equals(x.clone()));
        Assert.False(x.Equals(x + 1e-9));
        Assert.Equal(bool.TrueString, ((bool)x.eq(x).all()).ToString());
    }

    [Fact]
    public void Where_picks_by_condition()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { -1.0, 2, -3 });
        Expect.Values([0, 2, 0], where(x > 0, x, zeros_like(x)));
        Assert.Throws<ArgumentException>(() => where(x, x, x));
    }
}
