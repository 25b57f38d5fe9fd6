using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>A weight stored as <see cref="Int8Blocks"/> in a device's memory, with scales and numbers apart.</summary>
internal sealed class DeviceInt8Weight : DeviceWeight
{
    // The product is float32, and is rounded when it is written. TorchSharp's methods have no "out".
    private const string Script =
        """
        def expand(numbers, scales, target):
            return torch.mul(numbers, scales.float(), out=target)

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script));

    private readonly Tensor _numbers;   // int8 (blocks, 32)
    private readonly Tensor _scales;    // float16 (blocks, 1)

    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="blocks">The bytes of the blocks, on the CPU.</param>
    /// <param name="device">The device.</param>
    public DeviceInt8Weight(long rows, long columns, Tensor blocks, Device device)
        : base(rows, columns, Int8Blocks.Length, device)
    {
        using var scope = NewDisposeScope();
        var bytes = blocks.view(-1, Int8Blocks.Bytes);
        var scales = empty([bytes.shape[0], 1], ScalarType.Float16);
        bytes.narrow(1, 0, sizeof(short)).contiguous().bytes.CopyTo(scales.bytes);
        var numbers = empty([bytes.shape[0], Int8Blocks.Length], ScalarType.Int8);
        bytes.narrow(1, sizeof(short), Int8Blocks.Length).contiguous().bytes.CopyTo(numbers.bytes);
        (_scales, _numbers) = (scales.to(device).DetachFromDisposeScope(), numbers.to(device).DetachFromDisposeScope());
    }

    public override long Bytes => _numbers.numel() + (_scales.numel() * sizeof(short));

    public override void Dispose()
    {
        _numbers.Dispose();
        _scales.Dispose();
    }

    protected override void Expand(long start, long count, Tensor target) =>
        Compiled.Value.invoke<Tensor>("expand", _numbers.narrow(0, start, count), _scales.narrow(0, start, count), target);
}
