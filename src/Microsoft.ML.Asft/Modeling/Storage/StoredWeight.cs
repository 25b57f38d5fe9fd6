using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>
/// A frozen weight that is stored smaller than what products compute in. It is expanded into scratch memory just before its product, which is
/// how QLoRA works (arXiv 2305.14314, §3). It is quantized on the CPU. <see cref="To"/> copies it to another device, where libtorch's operators expand it.
/// </summary>
/// <param name="rows">The number of rows.</param>
/// <param name="columns">The number of columns.</param>
internal abstract class StoredWeight(long rows, long columns) : IDisposable
{
    /// <summary>Gets the number of rows.</summary>
    public long Rows { get; } = rows;

    /// <summary>Gets the number of columns.</summary>
    public long Columns { get; } = columns;

    /// <summary>Gets the number of weights.</summary>
    public long Count => Rows * Columns;

    /// <summary>Gets the device whose memory it is in.</summary>
    public virtual Device Device => CPU;

    /// <summary>Gets the bytes in memory.</summary>
    public abstract long Bytes { get; }

    /// <summary>
    /// Gets a function that reads the weight as it was before it was stored, (rows, columns) in float32. Adapters are merged into it.
    /// <see langword="null"/> if storing loses nothing, or if nothing can be merged.
    /// </summary>
    public Func<Tensor>? Original { get; init; }

    /// <summary>Stores a weight.</summary>
    /// <param name="weight">The weight, (rows, columns), on the CPU.</param>
    /// <param name="format">How to store it.</param>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="original">What <see cref="Original"/> will be.</param>
    /// <exception cref="InvalidDataException">A number is not finite, or too large for the format.</exception>
    public static StoredWeight Of(Tensor weight, StorageFormat format, string name, Func<Tensor>? original = null) => format switch
    {
        StorageFormat.BFloat16 => new BFloat16Weight(weight),
        StorageFormat.Int8 => new Int8Weight(weight, name) { Original = original },
        StorageFormat.Nf4 or StorageFormat.Nf4Double => new Nf4Weight(weight, format == StorageFormat.Nf4Double, name) { Original = original },
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format of stored weights."),
    };

    /// <summary>Copies the weight to a device's memory, in the form that libtorch's operators expand. The numbers stay the same.</summary>
    public abstract StoredWeight To(Device device);

    /// <summary>Expands the weight.</summary>
    /// <param name="target">Receives the weight, (rows, columns), contiguous, float32 or bfloat16, on the weight's device.</param>
    public virtual void Expand(Tensor target)
    {
        if (ElementTypes.IsBFloat16(target))
        {
            Expand<BFloat16Element>(target);
        }
        else
        {
            Expand<Float32Element>(target);
        }
    }

    /// <summary>Expands the weight into new memory, in the caller's dispose scope.</summary>
    public Tensor Expanded(ScalarType dtype)
    {
        var target = empty([Rows, Columns], dtype, Device);
        Expand(target);
        return target;
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Expands the weight by kernels of the CPU.</summary>
    protected abstract void Expand<T>(Tensor target)
        where T : unmanaged, IElement<T>;

    /// <summary>The weight's numbers in float32, followed by zeros up to a whole number of blocks.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="length">The length of a block.</param>
    /// <param name="maxMagnitude">The largest number that can be stored.</param>
    /// <param name="name">The weight's name.</param>
    /// <exception cref="InvalidDataException">A number is not finite or too large.</exception>
    protected static unsafe Tensor InBlocks(Tensor weight, int length, float maxMagnitude, string name)
    {
        var flat = weight.detach().to_type(ScalarType.Float32).contiguous().view(-1);
        float largest = TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(TensorMemory.Of<float>(flat), checked((int)flat.numel())));
        if (!(MathF.Abs(largest) <= maxMagnitude))
        {
            throw new InvalidDataException(
                $"The weight '{name}' cannot be quantized: it has the number {largest}. The model is broken, or its weights are too large: "
                + "set Runtime.Quantization to None.");
        }

        long missing = (length - (flat.numel() % length)) % length;
        return missing == 0 ? flat : cat([flat, zeros([missing])], 0);
    }
}
