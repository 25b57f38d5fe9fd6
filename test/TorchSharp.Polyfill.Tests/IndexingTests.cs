namespace TorchSharp.Polyfill.Tests;

public class IndexingTests
{
    // 0 1 2 / 3 4 5 / 6 7 8 / 9 10 11
    private static Tensor Sample() => arange(12).reshape(4, 3);

    [Fact]
    public void Indices_select_as_in_Python()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        Expect.Values([3, 4, 5], x[1]);
        Expect.Values([11], x[-1, -1]);
        Expect.Values([7], x[2, 1]);
        Expect.Values([3, 4, 5, 6, 7, 8], x[TensorIndex.Slice(1, 3)]);
        Expect.Values([0, 1, 2, 6, 7, 8], x[TensorIndex.Slice(step: 2)]);
        Expect.Values([1, 4, 7, 10], x[TensorIndex.Colon, 1]);
        Expect.Values([2, 5, 8, 11], x[TensorIndex.Ellipsis, -1]);
        Expect.Values([9, 10], x[^1, ..^1]);
        Expect.Values([0, 3], x[..2, 0]);
        Expect.Shape([1, 4, 3], x[TensorIndex.None]);
        Expect.Shape([4, 1, 3], x[TensorIndex.Colon, TensorIndex.None]);
        Expect.Shape([1, 4, 3], x[TensorIndex.Bool(true)]);
        Expect.Shape([0, 4, 3], x[TensorIndex.Bool(false)]);
    }

    [Fact]
    public void Tensors_index_by_place_and_masks_by_truth()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        var rows = tensor(new[] { 3L, 0 });
        Expect.Values([9, 10, 11, 0, 1, 2], x[rows]);
        Expect.Values([10, 1], x[TensorIndex.Tensor(rows), 1]);
        Expect.Values([10, 0], x[rows, tensor(new[] { 1L, 0 })]);
        Expect.Values([0, 1, 2, 3], x[x < 4]);
        Expect.Values([1, 0, 4, 3, 7, 6, 10, 9], x[TensorIndex.Colon, TensorIndex.Tensor(tensor(new[] { 1L, 0 }))]);
        Expect.Values([6, 7, 8], x[TensorIndex.Tensor(tensor(2L))]);
        Expect.Shape([2, 1, 3], x[TensorIndex.Tensor(rows), TensorIndex.None]);
    }

    [Fact]
    public void Assigning_to_an_index_writes_through()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        x[0] = tensor(new[] { 100L, 101, 102 });
        x[1, 1] = tensor(104L);
        x[2.., 0] = tensor(7L);
        x[x == 5] = tensor(-5L);
        x.index_put_(tensor(1L), [tensor(new[] { 3L, 3, 3 }), tensor(new[] { 1L, 1, 2 })], accumulate: true);
        Expect.Values([100, 101, 102, 3, 104, -5, 7, 7, 8, 7, 12, 12], x);
        x.index_put_(9, TensorIndex.Single(0));
        Expect.Values([9, 9, 9], x[0]);
        x[TensorIndex.Slice(0, 2)] = zeros([1, 1, 2, 3], int64);
        Expect.Values([0, 0, 0, 0, 0, 0], x[..2]);
    }

    [Fact]
    public void Gather_and_scatter_are_each_others_inverse()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        var places = tensor(new[] { 2L, 0, 1, 1 }, 4, 1);
        var picked = x.gather(1, places);
        Expect.Values([2, 3, 7, 10], picked);
        Expect.Values([0, 0, 2, 3, 0, 0, 0, 7, 0, 0, 10, 0], zeros_like(x).scatter_(1, places, picked));
        Expect.Values([1, 1, 3, 4, 1, 1, 1, 8, 1, 1, 11, 1], ones_like(x).scatter_add_(1, places, picked));
        Expect.Values([3, 4, 5, 0, 1, 2], x.index_select(0, tensor(new[] { 1L, 0 })));
        Expect.Values([6, 8, 10], zeros(1, 3, int64).index_add_(0, tensor(new[] { 0L, 0 }), x.index_select(0, tensor(new[] { 0L, 2 })), 1));
        Assert.Throws<ArgumentException>(() => x.index_add_(0, tensor(new[] { 0 }), x[..1], 1));
    }

    [Fact]
    public void Masks_fill_and_select()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        Expect.Values([0, 1, 2, -1, -1, -1, -1, -1, -1, -1, -1, -1], x.masked_fill(x > 2, -1));
        Expect.Values([0, 3, 6, 9], x.masked_select(x % 3 == 0));
        Expect.Values([1, 2, 2, 1], (Sample() == tensor(5L)).logical_or(Sample() == tensor(7L)).nonzero());
        Assert.Throws<ArgumentException>(() => x.masked_select(x));
        var (values, inverse, counts) = tensor(new[] { 3L, 1, 3 }).unique(return_inverse: true, return_counts: true);
        Expect.Values([1, 3], values);
        Expect.Values([1, 0, 1], inverse!);
        Expect.Values([1, 2], counts!);
    }

    [Fact]
    public void Slices_by_dimension_agree_with_indices()
    {
        using var scope = NewDisposeScope();
        var x = Sample();
        Expect.Values([3, 4, 5, 9, 10, 11], x.slice(0, 1, 4, 2));
        Expect.Values([1, 2, 4, 5, 7, 8, 10, 11], x.narrow(1, 1, 2));
        Expect.Values([2, 5, 8, 11], x.select(1, 2));
        Assert.Throws<ArgumentException>(() => x.slice(0, 0, 1, 0));
    }
}
