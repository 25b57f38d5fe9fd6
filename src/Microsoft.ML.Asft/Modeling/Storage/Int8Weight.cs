using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>A weight stored as <see cref="Int8Blocks"/>. If its number of columns is a multiple of 32, its bytes are those of llama.cpp's Q8_0.</summary>
internal sealed unsafe class Int8Weight : StoredWeight
{
    private readonly Tensor _blocks;   // bytes

    /// <param name="weight">The weight, (rows, columns).</param>
    /// <param name="name">Its name, for errors.</param>
    /// <exception cref="InvalidDataException">A number is not finite or too large.</exception>
    public Int8Weight(Tensor weight, string name)
        : base(weight.shape[0], weight.shape[1])
    {
        using var scope = NewDisposeScope();
        var values = InBlocks(weight, Int8Blocks.Length, Int8Blocks.MaxMagnitude, name);
        long count = values.numel() / Int8Blocks.Length;
        _blocks = empty([count * Int8Blocks.Bytes], ScalarType.Byte).DetachFromDisposeScope();
        float* source = TensorMemory.Of<float>(values);
        byte* target = Address = TensorMemory.Of<byte>(_blocks);
        ParallelRows.For(count, Int8Blocks.Length, (start, end) =>
            Int8Blocks.Quantize(
                new ReadOnlySpan<float>(source + (start * Int8Blocks.Length), (int)(end - start) * Int8Blocks.Length),
                new Span<byte>(target + (start * Int8Blocks.Bytes), (int)(end - start) * Int8Blocks.Bytes)));
    }

    /// <summary>Gets the blocks, as bytes.</summary>
    public ReadOnlySpan<byte> Blocks => new(Address, checked((int)_blocks.numel()));

    /// <summary>Gets the address of the blocks.</summary>
    public byte* Address { get; }

    public override long Bytes => _blocks.numel();

    public override StoredWeight To(Device device) => new DeviceInt8Weight(Rows, Columns, _blocks, device) { Original = Original };

    public override void Dispose() => _blocks.Dispose();

    protected override void Expand<T>(Tensor target)
    {
        T* result = TensorMemory.Of<T>(target);
        long whole = Count / Int8Blocks.Length;
        ParallelRows.For(whole, Int8Blocks.Length, (start, end) => ExpansionKernel.Expand(
            Address + (start * Int8Blocks.Bytes), end - start, result + (start * Int8Blocks.Length)));
        long rest = Count - (whole * Int8Blocks.Length);
        if (rest > 0)
        {
            T* last = stackalloc T[Int8Blocks.Length];
            ExpansionKernel.Expand(Address + (whole * Int8Blocks.Bytes), 1, last);
            new ReadOnlySpan<T>(last, (int)rest).CopyTo(new Span<T>(result + (whole * Int8Blocks.Length), (int)rest));
        }
    }
}
