using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>A weight stored as <see cref="Nf4Blocks"/> in a device's memory.</summary>
internal sealed class DeviceNf4Weight : DeviceWeight
{
    // A byte is two weights, whose levels one look-up finds. The product is float32, and is rounded when it is written.
    private const string Script =
        """
        def expand(codes, scales, pairs, target):
            levels = torch.index_select(pairs, 0, codes.reshape(-1).int()).view(codes.size(0), -1)
            return torch.mul(levels, scales, out=target)

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script));

    private readonly Tensor _codes;            // uint8 (blocks, 32)
    private readonly Tensor _scales;           // float32 (blocks), or uint8 with double quantization
    private readonly Tensor _pairs;            // float32 (256, 2): the two levels of each byte
    private readonly (Tensor Levels, Tensor Groups, float Mean)? _double;

    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="codes">The codes, on the CPU.</param>
    /// <param name="scales">The scales of the blocks, or the bytes of <see cref="DynamicScales"/>, on the CPU.</param>
    /// <param name="groups">The largest magnitude of each group of scales and the mean of all; <see langword="null"/> without double quantization.</param>
    /// <param name="device">The device.</param>
    public DeviceNf4Weight(long rows, long columns, Tensor codes, Tensor scales, (Tensor Largest, float Mean)? groups, Device device)
        : base(rows, columns, Nf4Blocks.Length, device)
    {
        using var scope = NewDisposeScope();
        _codes = Copy(codes.view(-1, Nf4Blocks.Bytes));
        _scales = Copy(scales);
        float[] pairs = [.. Enumerable.Range(0, 256).SelectMany(code => new[] { Nf4Blocks.Levels[code >> 4], Nf4Blocks.Levels[code & 15] })];
        _pairs = Copy(tensor(pairs, [256, 2]));
        _double = groups is { } given ? (Copy(tensor(DynamicScales.Levels.ToArray())), Copy(given.Largest), given.Mean) : null;

        Tensor Copy(Tensor source) => source.to(device, copy: true).DetachFromDisposeScope();
    }

    public override long Bytes => _codes.numel() + (_scales.numel() * _scales.ElementSize) + ((_double?.Groups.numel() ?? 0) * sizeof(float));

    public override void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
        _pairs.Dispose();
        _double?.Levels.Dispose();
        _double?.Groups.Dispose();
    }

    protected override void Expand(long start, long count, Tensor target) =>
        Compiled.Value.invoke<Tensor>("expand", _codes.narrow(0, start, count), Scales(start, count).unsqueeze(1), _pairs, target);

    // The scales of blocks, float32. The first block is the first one of a group.
    private Tensor Scales(long start, long count)
    {
        var own = _scales.narrow(0, start, count);
        if (_double is not var (levels, groups, mean))
        {
            return own;
        }

        long first = start / DynamicScales.GroupLength;
        long length = (count + DynamicScales.GroupLength - 1) / DynamicScales.GroupLength;
        var largest = groups.narrow(0, first, length).unsqueeze(1).expand(length, DynamicScales.GroupLength).reshape(-1).narrow(0, 0, count);
        return levels.index_select(0, own.to_type(ScalarType.Int32)).mul_(largest).Add_(mean);
    }
}
