using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>
/// A quantized weight in a device's memory, which libtorch's operators expand to the same numbers as the CPU's kernels do. The tests run it on the CPU.
/// </summary>
/// <param name="rows">The number of rows.</param>
/// <param name="columns">The number of columns.</param>
/// <param name="blockLength">The number of weights that share a scale.</param>
/// <param name="device">The device.</param>
internal abstract class DeviceWeight(long rows, long columns, int blockLength, Device device) : StoredWeight(rows, columns)
{
    // Weights that are expanded at once. The operators need up to 8 bytes for each of them; a launch costs nothing beside so many.
    private const long SliceLength = 1 << 24;

    public override Device Device { get; } = device;

    /// <inheritdoc/>
    public override void Expand(Tensor target)
    {
        using var noGrad = no_grad();
        var flat = target.view(-1);
        long blocks = (Count + blockLength - 1) / blockLength;
        long most = SliceLength / blockLength;
        for (long start = 0; start < blocks; start += most)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(most, blocks - start);
            (long first, long length) = (start * blockLength, count * blockLength);
            if (first + length <= Count)
            {
                Expand(start, count, flat.narrow(0, first, length).view(count, blockLength));
            }
            else
            {
                var whole = empty([count, blockLength], target.dtype, Device);   // the last block has more numbers than the weight
                Expand(start, count, whole);
                flat.narrow(0, first, Count - first).copy_(whole.view(-1).narrow(0, 0, Count - first));
            }
        }

        flat.Dispose();
    }

    public override StoredWeight To(Device device) => throw new InvalidOperationException("The weight is in a device's memory already.");

    protected override void Expand<T>(Tensor target) => Expand(target);

    /// <summary>Expands blocks.</summary>
    /// <param name="start">The first block.</param>
    /// <param name="count">The number of blocks.</param>
    /// <param name="target">Receives them, (count, numbers of a block).</param>
    protected abstract void Expand(long start, long count, Tensor target);
}
