namespace TorchSharp.Polyfill.Tests;

public class DTypeTests
{
    [Theory]
    [InlineData(ScalarType.Float64, 8, 1e-15)]
    [InlineData(ScalarType.Float32, 4, 1e-7)]
    [InlineData(ScalarType.Float16, 2, 1e-3)]
    [InlineData(ScalarType.BFloat16, 2, 8e-3)]
    public void Real_numbers_convert_within_their_types_precision(ScalarType type, long size, double tolerance)
    {
        using var scope = NewDisposeScope();
        double[] values = [0.1, -3.3, 1000.7, 1e-3];
        var converted = tensor(values).to(type);
        Assert.Equal((type, size), (converted.dtype, converted.element_size()));
        Expect.Values(values, converted, tolerance);
        Assert.Equal(size, type.ElementSize());
        Assert.True(converted.is_floating_point());
    }

    [Fact]
    public void Bfloat16_rounds_to_the_nearest_even_of_its_eight_bits()
    {
        using var scope = NewDisposeScope();
        Expect.Values([1, 1, 1.015625], tensor(new[] { 1.0, 1 + 1.0 / 256, 1 + 3.0 / 256 }).bfloat16(), 0);
        var bits = tensor(new[] { 1.0f, -2.0f }).bfloat16().bytes.ToArray();
        Assert.Equal([0x80, 0x3f, 0x00, 0xc0], bits);
    }

    [Fact]
    public void Integers_and_truth_values_convert()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { -1.7, 0, 2.9 });
        Expect.Values([-1, 0, 2], x.to(int64));
        Expect.Values([-1, 0, 2], x.@int());
        Expect.Values([1, 0, 1], x.@bool());
        Assert.Equal(int8, x.to_type(int8).dtype);
        Assert.True(x.to(int16).is_integral());
    }

    [Fact]
    public void Converting_to_the_same_type_shares_memory_unless_a_copy_is_asked_for()
    {
        using var scope = NewDisposeScope();
        var x = ones(2);
        x.to(float32).fill_(3);
        x.to(float32, copy: true).fill_(4);
        x.cpu().add_(1);
        Expect.Values([4, 4], x);
        var gone = ones(2);
        var moved = gone.to(float64, disposeAfter: true);
        Assert.True(gone.IsInvalid);
        Expect.Values([1, 1], moved);
    }

    [Fact]
    public void Scalars_keep_whole_and_real_numbers_apart()
    {
        Assert.Equal((int64, float64, @bool), (((Scalar)1).Type, ((Scalar)1.5f).Type, ((Scalar)true).Type));
        Assert.Equal((3, 2.5, true, long.MaxValue), (((Scalar)3).ToInt32(), ((Scalar)2.5).ToDouble(), ((Scalar)1).ToBoolean(),
            ((Scalar)long.MaxValue).ToInt64()));
    }

    [Fact]
    public void Elements_are_read_and_written_in_their_own_type()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2, 3, 4 }, 2, 2);
        var data = x.data<float>();
        Assert.Equal((4L, 3f, 3f), (data.Count, data[2], data[1, 0]));
        data[0, 1] = 9;
        Assert.Equal([1f, 9, 3, 4], data.ToArray());
        Assert.Equal([1f, 3, 9, 4], x.t().data<float>().ToArray());
        var some = new float[3];
        data.CopyTo(some, 1, 2);
        Assert.Equal([0f, 3, 4], some);
        data.CopyFrom([5f, 6], 0, 2);
        Assert.Equal([1f, 9, 5, 6], data.ToArray());
        Assert.Equal([1f, 9, 5, 6], data);
        Assert.Equal((9f, 7L), (x[0, 1].item<float>(), tensor(7L).item<long>()));
        Assert.Equal((7, 7f, 7L, true), (tensor(7L).ToInt32(), (float)tensor(7L), (long)tensor(7.9), tensor(7).ToBoolean()));
        Assert.Throws<ArgumentException>(() => x.data<double>());
        Assert.Throws<ArgumentException>(() => x.item<float>());
        Assert.Throws<ArgumentException>(() => x.bfloat16().data<float>());
    }

    [Fact]
    public void Bytes_are_the_tensors_memory()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2);
        x.bytes[3] = 0x40;
        Expect.Values([2, 0], x);
        x.bytes = new byte[] { 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0 };
        Expect.Values([1, -2], x);
        using var stream = new MemoryStream();
        x.WriteBytesToStream(stream, 3);
        stream.Position = 0;
        var read = zeros(2);
        read.ReadBytesFromStream(stream, 5);
        Assert.True(read.Equals(x));
        Assert.Throws<InvalidOperationException>(() => zeros(2, 2)[.., 0].bytes.Length);
        Assert.Throws<ArgumentException>(() => x.bytes = new byte[3]);
        Assert.Throws<EndOfStreamException>(() => read.ReadBytesFromStream(stream));
    }
}
