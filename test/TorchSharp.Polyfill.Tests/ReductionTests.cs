namespace TorchSharp.Polyfill.Tests;

public class ReductionTests
{
    // (2, 3): rows 4 1 5 and 2 6 3
    private static Tensor Sample() => tensor(new[] { 4.0, 1, 5, 2, 6, 3 }, 2, 3);

    [Fact]
    public void Sums_and_means_run_over_all_or_named_dimensions()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        Expect.Values([21], x.sum());
        Expect.Values([10, 11], x.sum(1));
        Expect.Values([6, 7, 8], x.sum(0L));
        Expect.Values([21], x.sum(0, 1));
        Expect.Values([21], x.sum([0, 1]));
        Expect.Shape([2, 1], x.sum(1, keepdim: true));
        Assert.Equal(float32, x.sum(0, type: float32).dtype);
        Expect.Values([3.5], x.mean());
        Expect.Values([3, 3.5, 4], x.mean([0]));
        Expect.Values([720], x.prod());
        Expect.Values([20, 36], x.prod(1));
        Assert.Equal(int64, tensor(new[] { true, true }).sum().dtype);
    }

    [Fact]
    public void Largest_and_smallest_come_with_their_places()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        var (largest, at) = x.max(1);
        Expect.Values([5, 6], largest);
        Expect.Values([2, 1], at);
        Expect.Values([1], x.min());
        Expect.Values([2, 1, 3], x.min(0).values);
        Expect.Values([5, 6], x.amax(1));
        Expect.Values([2, 1, 3], x.amin([0L]));
        Expect.Values([4], x.argmax());
        Expect.Values([2, 1], x.argmax(1));
        Expect.Values([1, 0], x.argmin(-1));
        Assert.Equal(int64, x.argmax().dtype);
        Expect.Values([4, 2, 5, 2, 6, 3], x.max(tensor(new[] { 0.0, 2, 3 })));
    }

    [Fact]
    public void Sorting_orders_and_topk_keeps_the_first()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        var (sorted, order) = x.sort(descending: true);
        Expect.Values([5, 4, 1, 6, 3, 2], sorted);
        Expect.Values([2, 0, 1, 1, 2, 0], order);
        Expect.Values([1, 0, 2, 0, 2, 1], x.argsort());
        var (values, indexes) = x.topk(2);
        Expect.Values([5, 4, 6, 3], values);
        Expect.Values([2, 0, 1, 2], indexes);
        Expect.Values([1, 2], x.topk(1, largest: false).values);
    }

    [Fact]
    public void Running_sums_and_products_accumulate()
    {
        using var scope = NewDisposeScope();
        Expect.Values([4, 5, 10, 2, 8, 11], Sample().cumsum(1));
        Expect.Values([4, 1, 5, 8, 6, 15], Sample().cumprod(0));
    }

    [Fact]
    public void Log_sum_exp_and_softmax_agree_with_their_formulas()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        double[][] rows = [[4, 1, 5], [2, 6, 3]];
        var logSums = rows.Select(row => Math.Log(row.Sum(Math.Exp))).ToArray();
        Expect.Values(logSums, x.logsumexp(1));
        var logProbabilities = rows.SelectMany((row, i) => row.Select(v => v - logSums[i])).ToArray();
        Expect.Values(logProbabilities, x.log_softmax(1));
        Expect.Values(logProbabilities.Select(Math.Exp).ToArray(), nn.functional.softmax(x, -1));
        Assert.Equal(float32, x.to(bfloat16).softmax(1, float32).dtype);
        Expect.Values([1000 + Math.Log(2)], tensor(new[] { 1000.0, 1000 }).logsumexp(0));
    }

    [Fact]
    public void Spread_is_with_or_without_Bessels_correction()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        Expect.Values([17.5 / 5], x.var());
        Expect.Values([17.5 / 6], x.var([0, 1], unbiased: false));
        Expect.Values([Math.Sqrt(17.5 / 6)], x.std(false));
        Expect.Values([Math.Sqrt(26.0 / 9), Math.Sqrt(26.0 / 9)], x.std(1, unbiased: false));
    }
}
