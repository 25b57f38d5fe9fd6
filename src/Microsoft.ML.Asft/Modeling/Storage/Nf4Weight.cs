using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>A weight stored as <see cref="Nf4Blocks"/>, whose scales are float32 or <see cref="DynamicScales"/>. Blocks go on from row to row.</summary>
internal sealed unsafe class Nf4Weight : StoredWeight
{
    private readonly Tensor _codes;           // bytes
    private readonly Tensor _scales;          // float32, or the bytes of their codes
    private readonly Tensor? _groups;         // float32; null without double quantization
    private readonly float _meanScale;

    /// <param name="weight">The weight, (rows, columns).</param>
    /// <param name="doubleQuantization">Whether the scales are quantized too.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <exception cref="InvalidDataException">A number is not finite.</exception>
    public Nf4Weight(Tensor weight, bool doubleQuantization, string name)
        : base(weight.shape[0], weight.shape[1])
    {
        using var scope = NewDisposeScope();
        var values = InBlocks(weight, Nf4Blocks.Length, float.MaxValue, name);
        int count = checked((int)(values.numel() / Nf4Blocks.Length));
        var codes = empty([(long)count * Nf4Blocks.Bytes], ScalarType.Byte);
        var scales = empty([count]);
        float* source = TensorMemory.Of<float>(values);
        byte* target = TensorMemory.Of<byte>(codes);
        float* largest = TensorMemory.Of<float>(scales);
        ParallelRows.For(count, Nf4Blocks.Length, (start, end) =>
            Nf4Blocks.Quantize(
                new ReadOnlySpan<float>(source + (start * Nf4Blocks.Length), (int)(end - start) * Nf4Blocks.Length),
                new Span<byte>(target + (start * Nf4Blocks.Bytes), (int)(end - start) * Nf4Blocks.Bytes),
                new Span<float>(largest + start, (int)(end - start))));
        if (doubleQuantization)
        {
            var numbers = empty([count], ScalarType.Byte);
            _groups = empty([(count + DynamicScales.GroupLength - 1) / DynamicScales.GroupLength]);
            _meanScale = DynamicScales.Quantize(
                new Span<float>(largest, count), new Span<byte>(TensorMemory.Of<byte>(numbers), count), new Span<float>(TensorMemory.Of<float>(_groups), (int)_groups.numel()));
            _groups.DetachFromDisposeScope();
            scales = numbers;
        }

        (_codes, _scales) = (codes.DetachFromDisposeScope(), scales.DetachFromDisposeScope());
    }

    /// <summary>Gets the codes, two in a byte.</summary>
    public ReadOnlySpan<byte> Codes => new(TensorMemory.Of<byte>(_codes), checked((int)_codes.numel()));

    public override long Bytes => _codes.numel() + (_scales.numel() * _scales.ElementSize) + ((_groups?.numel() ?? 0) * sizeof(float));

    /// <summary>Gets the scale of a block.</summary>
    public float ScaleOf(long block) => new Scales(this).Of(block);

    public override StoredWeight To(Device device) =>
        new DeviceNf4Weight(Rows, Columns, _codes, _scales, _groups is null ? null : (_groups, _meanScale), device) { Original = Original };

    public override void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
        _groups?.Dispose();
    }

    protected override void Expand<T>(Tensor target)
    {
        byte* codes = TensorMemory.Of<byte>(_codes);
        T* result = TensorMemory.Of<T>(target);
        var scales = new Scales(this);
        long whole = Count / Nf4Blocks.Length;
        ParallelRows.For(whole, Nf4Blocks.Length, (start, end) =>
        {
            for (long block = start; block < end; block++)
            {
                ExpansionKernel.Expand(codes + (block * Nf4Blocks.Bytes), scales.Of(block), result + (block * Nf4Blocks.Length));
            }
        });
        long rest = Count - (whole * Nf4Blocks.Length);
        if (rest > 0)
        {
            T* last = stackalloc T[Nf4Blocks.Length];
            ExpansionKernel.Expand(codes + (whole * Nf4Blocks.Bytes), scales.Of(whole), last);
            new ReadOnlySpan<T>(last, (int)rest).CopyTo(new Span<T>(result + (whole * Nf4Blocks.Length), (int)rest));
        }
    }

    // Pointers to the scales.
    private readonly struct Scales(Nf4Weight weight)
    {
        private readonly float* _plain = weight._groups is null ? TensorMemory.Of<float>(weight._scales) : null;
        private readonly byte* _codes = weight._groups is null ? null : TensorMemory.Of<byte>(weight._scales);
        private readonly float* _groups = weight._groups is null ? null : TensorMemory.Of<float>(weight._groups);
        private readonly float _mean = weight._meanScale;

        public float Of(long block) => _plain != null ? _plain[block]
            : (DynamicScales.Levels[_codes[block]] * _groups[block / DynamicScales.GroupLength]) + _mean;
    }
}
