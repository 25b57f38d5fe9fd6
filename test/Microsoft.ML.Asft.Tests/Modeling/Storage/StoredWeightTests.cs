using Microsoft.ML.Asft.Modeling.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Storage;

/// <summary>Weights that are stored small, expanded by kernels, against the formats' definitions computed one number at a time.</summary>
public sealed class StoredWeightTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Generator _generator = new(5);

    public static TheoryData<int, int> Shapes => new() { { 3, 32 }, { 4, 64 }, { 5, 40 }, { 1, 7 }, { 300, 320 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Int8_is_expanded_to_scale_times_number(int rows, int columns)
    {
        var values = Random(rows, columns);
        using var weight = new Int8Weight(values, "w");
        byte[] blocks = weight.Blocks.ToArray();
        float[] expected = [.. Enumerable.Range(0, rows * columns).Select(i =>
        {
            var block = blocks.AsSpan(i / 32 * 34, 34);
            return (float)BitConverter.ToHalf(block) * (sbyte)block[2 + (i % 32)];
        })];
        IsExpandedTo(expected, weight);

        // Half a step, and 127 times what a step loses in float16, which is at most 2⁻¹¹ of it.
        float[] original = [.. values.view(-1).data<float>()];
        Assert.All(original.Index(), number => Assert.Equal(
            number.Item, expected[number.Index], 0.57f * (float)BitConverter.ToHalf(blocks.AsSpan(number.Index / 32 * 34, 2)) + 1e-9f));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Nf4_is_expanded_to_scale_times_level(int rows, int columns)
    {
        foreach (bool doubleQuantization in new[] { false, true })
        {
            using var weight = new Nf4Weight(Random(rows, columns), doubleQuantization, "w");
            byte[] codes = weight.Codes.ToArray();
            IsExpandedTo(
                [.. Enumerable.Range(0, rows * columns).Select(i => Nf4Blocks.Levels[i % 2 == 0 ? codes[i / 2] >> 4 : codes[i / 2] & 15] * weight.ScaleOf(i / 64))],
                weight);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Operators_of_a_device_expand_to_the_same_bits_as_the_kernels(int rows, int columns) => ExpandsAlike(Random(rows, columns));

    [Fact]
    public void Operators_expand_a_weight_that_they_need_two_slices_for() => ExpandsAlike(Random(1, (1 << 24) + 96));

    [Fact]
    public void BFloat16_loses_nothing_of_a_bfloat16_weight()
    {
        var values = Random(20, 30).to_type(ScalarType.BFloat16);
        using var weight = new BFloat16Weight(values);
        Assert.Equal(values.to_type(ScalarType.Float32).data<float>().ToArray(), weight.Expanded(ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Int8_rounds_halves_away_from_zero()
    {
        // The scale is 1, so each number is rounded as it is. 0.49999997 + 0.5 would be 1.
        float[] values = [127, 0.5f, -0.5f, 1.5f, -2.5f, 0.49999997f, -0.49999997f, 126.5f, -126.5f, .. new float[23]];
        byte[] block = new byte[Int8Blocks.Bytes];
        Int8Blocks.Quantize(values, block);
        Assert.Equal((Half)1, BitConverter.ToHalf(block));
        Assert.Equal([127, 1, -1, 2, -3, 0, 0, 127, -127], block.Skip(2).Take(9).Select(b => (int)(sbyte)b));
    }

    [Fact]
    public void Every_scale_is_read_as_float16_is_defined()
    {
        for (int bits = 0; bits < 0x7C00; bits++)
        {
            Assert.Equal((float)BitConverter.UInt16BitsToHalf((ushort)bits), Int8Blocks.ToSingle((ushort)bits));
        }
    }

    [Theory]
    [InlineData(nameof(StorageFormat.BFloat16), 1.0)]
    [InlineData(nameof(StorageFormat.Int8), 0.55)]
    [InlineData(nameof(StorageFormat.Nf4), 0.30)]
    [InlineData(nameof(StorageFormat.Nf4Double), 0.26)]
    public void A_format_needs_no_more_than_its_share_of_bfloat16(string format, double share)
    {
        using var weight = StoredWeight.Of(Random(128, 256), Enum.Parse<StorageFormat>(format), "w");
        Assert.InRange(weight.Bytes, 1, share * 128 * 256 * 2);
    }

    [Theory]
    [InlineData(nameof(StorageFormat.Int8), float.NaN)]
    [InlineData(nameof(StorageFormat.Int8), float.NegativeInfinity)]
    [InlineData(nameof(StorageFormat.Int8), 1e7f)]
    [InlineData(nameof(StorageFormat.Nf4), float.NaN)]
    [InlineData(nameof(StorageFormat.Nf4Double), float.PositiveInfinity)]
    public void A_number_that_cannot_be_stored_is_refused_by_the_weights_name(string format, float number)
    {
        var values = Random(4, 64);
        values[2, 5] = number;
        var error = Assert.Throws<InvalidDataException>(() => StoredWeight.Of(values, Enum.Parse<StorageFormat>(format), "model.layers.3.mlp.up_proj.weight"));
        Assert.Contains("model.layers.3.mlp.up_proj.weight", error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _generator.Dispose();
        _scope.Dispose();
    }

    private Tensor Random(int rows, int columns) => empty(rows, columns).normal_(0, 0.05, _generator);

    private static void ExpandsAlike(Tensor values)
    {
        foreach (var format in Enum.GetValues<StorageFormat>().Where(format => format != StorageFormat.AsInFile))
        {
            using var weight = StoredWeight.Of(values, format, "w");
            using var moved = weight.To(CPU);
            Assert.Equal(weight.Bytes, moved.Bytes);
            foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            {
                using var expected = weight.Expanded(dtype);
                using var actual = moved.Expanded(dtype);
                Assert.True(expected.equal(actual).all().item<bool>(), $"{format} as {dtype}");
            }
        }
    }

    private static void IsExpandedTo(float[] expected, StoredWeight weight)
    {
        Assert.Equal(expected, weight.Expanded(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal(
            tensor(expected).to_type(ScalarType.BFloat16).bytes.ToArray(), weight.Expanded(ScalarType.BFloat16).bytes.ToArray());
    }
}
