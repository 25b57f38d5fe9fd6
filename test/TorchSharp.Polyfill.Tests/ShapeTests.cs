namespace TorchSharp.Polyfill.Tests;

public class ShapeTests
{
    private static Tensor Numbers(params long[] shape) => arange(shape.Aggregate(1L, (a, b) => a * b)).reshape(shape);

    [Fact]
    public void A_tensor_knows_its_measures()
    {
        using var scope = NewDisposeScope();
        var x = Numbers(2, 3, 4);
        Assert.Equal((3L, 3L, 24L, 8L), (x.dim(), x.ndim, x.numel(), x.element_size()));
        Assert.Equal([2, 3, 4], x.size());
        Assert.Equal((4L, 2L), (x.size(-1), x.size(0)));
        Assert.Equal([12, 4, 1], x.stride());
        Assert.Equal(1, x.stride(2));
        Assert.Equal(8, x[0, 2].storage_offset());
        Assert.Equal((DeviceType.CPU, "cpu"), (x.device_type, x.device.ToString()));
        Assert.Equal("[2x3x4], type = Int64, device = cpu", x.ToString());
        Assert.Equal("[], type = Float32, device = cpu", tensor(1f).ToString());
    }

    [Fact]
    public void Views_share_memory_and_copies_do_not()
    {
        using var scope = NewDisposeScope();
        var x = Numbers(2, 3);
        x.view(3, 2)[0, 0] = tensor(100L);
        x.transpose(0, 1)[1, 0] = tensor(200L);
        x.narrow(1, 2, 1).fill_(300);
        Expect.Values([100, 200, 300, 3, 4, 300], x);
        x.clone().fill_(0);
        x.flatten().alias().add_(1);
        Expect.Values([101, 201, 301, 4, 5, 301], x);
    }

    [Fact]
    public void Permuted_tensors_are_not_contiguous_until_asked()
    {
        using var scope = NewDisposeScope();
        var x = Numbers(2, 3).t();
        Assert.False(x.is_contiguous());
        Assert.True(x.contiguous().is_contiguous());
        Expect.Values([0, 3, 1, 4, 2, 5], x);
        Assert.Equal([0L, 3, 1, 4, 2, 5], x.data<long>().ToArray());
        Expect.Shape([4, 2, 3], Numbers(2, 3, 4).permute(2, 0, 1));
        Expect.Shape([3, 2, 4], Numbers(2, 3, 4).transpose(0, 1));
    }

    [Fact]
    public void Shapes_grow_and_shrink()
    {
        using var scope = NewDisposeScope();
        var x = Numbers(2, 1, 3);
        Expect.Shape([2, 3], x.squeeze(1));
        Expect.Shape([2, 3], x.squeeze());
        Expect.Shape([1, 2, 1, 3], x.unsqueeze(0));
        Expect.Shape([2, 5, 3], x.expand(2, 5, 3));
        Expect.Shape([2, 5, 3], x.expand(-1, 5, -1));
        Expect.Shape([6, 2, 3], x.repeat(3, 2, 1));
        Expect.Shape([2, 3], x.flatten(0, 1));
        Expect.Shape([2, 1, 1, 3], x.unflatten(2, 1, 3));
        Expect.Shape([3, 2], x.reshape(-1, 2));
        Expect.Values([0, 0, 1, 1], tensor(new[] { 0L, 1 }).repeat_interleave(2));
        Expect.Values([0, 1, 1], tensor(new[] { 0L, 1 }).repeat_interleave(tensor(new[] { 1L, 2 })));
    }

    [Fact]
    public void Parts_join_and_come_apart()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Numbers(2, 2), Numbers(2, 2) + 10);
        Expect.Values([0, 1, 2, 3, 10, 11, 12, 13], cat([a, b]));
        Expect.Values([0, 1, 10, 11, 2, 3, 12, 13], cat([a, b], 1));
        Expect.Shape([2, 2, 2], stack([a, b]));
        Expect.Values([0, 10, 1, 11, 2, 12, 3, 13], stack([a, b], -1));
        var parts = Numbers(5, 2).split(2);
        Assert.Equal([2L, 2, 1], parts.Select(part => part.size(0)));
        Assert.Equal([1L, 4], Numbers(5, 2).split([1, 4]).Select(part => part.size(0)));
        Assert.Equal([3L, 2], Numbers(5, 2).chunk(2).Select(part => part.size(0)));
        Expect.Values([2, 3], Numbers(2, 2).unbind()[1]);
        Assert.Throws<ArgumentException>(() => cat([]));
    }

    [Fact]
    public void Triangles_are_cut_at_a_diagonal()
    {
        using var scope = NewDisposeScope();
        Expect.Values([1, 0, 1, 1], ones(2, 2).tril());
        Expect.Values([0, 1, 0, 0], ones(2, 2).triu(1));
    }

    [Fact]
    public void Factories_fill_what_they_make()
    {
        using var scope = NewDisposeScope();
        Expect.Values([0, 0, 0], zeros(3));
        Expect.Values([1, 1], ones([2], dtype: int32));
        Expect.Values([2.5, 2.5], full(2, 2.5));
        Expect.Values([1, 0, 0, 1], eye(2));
        Expect.Values([2, 4, 6], arange(2, 8, 2));
        Assert.Equal((int64, float32), (arange(3).dtype, arange(0, 1, 0.25).dtype));
        Expect.Values([0, 0.5, 1], linspace(0, 1, 3));
        Assert.Equal((float32, bfloat16), (zeros(1).dtype, zeros(1, dtype: bfloat16).dtype));
        Assert.Equal(float64, zeros_like(ones(2, dtype: float64)).dtype);
        Assert.True(zeros(1, requires_grad: true).requires_grad);
        Expect.Shape([4, 5], empty(4, 5));
        Expect.Shape([], tensor(3));
        Expect.Values([7, 7], full_like(zeros(2), 7));
    }

    [Fact]
    public void Arrays_become_tensors_of_their_type_and_shape()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(int32, tensor(new[] { 1, 2 }).dtype);
        Assert.Equal(int64, tensor(new List<long> { 1, 2 }).dtype);
        Assert.Equal(uint8, tensor(new byte[] { 1, 2 }).dtype);
        Assert.Equal(float16, tensor(new[] { (Half)1 }).dtype);
        Assert.Equal(float32, tensor(new[] { 1, 2 }, dtype: float32).dtype);
        Expect.Values([1, 2, 3, 4], tensor(new[,] { { 1f, 2 }, { 3, 4 } }));
        Expect.Shape([2, 2], tensor(new[] { 1f, 2, 3, 4 }, 2, 2));
        Expect.Shape([2, 1, 2], tensor(new[] { true, false, true, false }, [2, 1, 2]));
        Assert.Throws<ArgumentException>(() => tensor(new[] { 1f, 2 }, [3]));
        var array = new[] { 1f, 2 };
        var own = tensor(array);
        array[0] = 5;
        Expect.Values([1, 2], own);
    }
}
