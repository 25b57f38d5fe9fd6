using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>
/// One layer's keys and values, each (rows, Hk, capacity, D). The sequences use the first rows, and the first positions of each row.
/// </summary>
/// <param name="lengths">The length of each sequence, without the tokens of the current call of the model.</param>
/// <param name="heads">The number of key-value heads, Hk.</param>
/// <param name="headDim">The width of a head, D.</param>
/// <param name="window">The number of tokens that a token of this layer sees, itself included; <see langword="null"/> for no limit.</param>
/// <param name="dtype">The number format.</param>
/// <param name="device">The device.</param>
internal sealed class LayerCache(IReadOnlyList<int> lengths, long heads, long headDim, int? window, ScalarType dtype, Device device) : IDisposable
{
    public Tensor Keys { get; private set; } = null!;

    public Tensor Values { get; private set; } = null!;

    public int Capacity { get; private set; }

    /// <summary>Gets the address of <see cref="Keys"/>, on the CPU.</summary>
    public nint KeyMemory { get; private set; }

    /// <summary>Gets the address of <see cref="Values"/>, on the CPU.</summary>
    public nint ValueMemory { get; private set; }

    public bool IsBFloat16 => dtype == ScalarType.BFloat16;

    public int? Window => window;

    public IReadOnlyList<int> Lengths => lengths;

    /// <summary>Allocates new memory and copies the first positions of every sequence to it.</summary>
    public void Allocate(int rows, int capacity, int kept)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Keys = Move(Keys);
        Values = Move(Values);
        Capacity = capacity;
        (KeyMemory, ValueMemory) = Keys.device_type == TorchSharp.DeviceType.CPU && Keys.NumberOfElements > 0 ? (AddressOf(Keys), AddressOf(Values)) : (0, 0);

        // Zeros: attention multiplies the numbers after a shorter sequence by zero, so they must be finite.
        Tensor Move(Tensor? old)
        {
            var room = zeros([rows, heads, capacity, headDim], dtype, device);
            if (old is not null && lengths.Count > 0 && kept > 0)
            {
                room.narrow(0, 0, lengths.Count).narrow(2, 0, kept).copy_(old.narrow(0, 0, lengths.Count).narrow(2, 0, kept));
            }

            old?.Dispose();
            return room.DetachFromDisposeScope();
        }
    }

    /// <summary>Appends T new positions to each sequence and returns all keys and values, (B, Hk, longest + T, D).</summary>
    /// <param name="keys">The new keys, (B, Hk, T, D).</param>
    /// <param name="values">The new values, (B, Hk, T, D).</param>
    /// <param name="slots">
    /// The slots of the new positions if the sequences have different lengths: row numbers of the cache as a matrix (rows·Hk·capacity, D), in the
    /// order of <paramref name="keys"/>. <see langword="null"/> if the lengths are equal.
    /// </param>
    public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values, Tensor? slots)
    {
        long t = keys.shape[2];
        long longest = lengths.Max();
        return (Write(Keys, keys), Write(Values, values));

        Tensor Write(Tensor room, Tensor added)
        {
            if (slots is null)
            {
                room.narrow(0, 0, lengths.Count).narrow(2, longest, t).copy_(added);
            }
            else
            {
                room.view(-1, headDim).index_copy_(0, slots, added.reshape(-1, headDim));
            }

            return room.narrow(0, 0, lengths.Count).narrow(2, 0, longest + t);
        }
    }

    /// <summary>The slots of T new positions after each sequence, for <see cref="Append"/>.</summary>
    public Tensor Slots(int t)
    {
        long[] slots =
        [
            .. from row in Enumerable.Range(0, lengths.Count)
               from head in Enumerable.Range(0, (int)heads)
               from i in Enumerable.Range(0, t)
               select ((((row * heads) + head) * Capacity) + lengths[row] + i),
        ];
        return DeviceTransfer.Send(slots, [slots.Length], device);
    }

    /// <summary>Copies the first positions of a sequence of this or another cache to a sequence of this cache.</summary>
    public void Copy(LayerCache source, int from, int to, int length)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Keys.select(0, to).narrow(1, 0, length).copy_(source.Keys.select(0, from).narrow(1, 0, length));
        Values.select(0, to).narrow(1, 0, length).copy_(source.Values.select(0, from).narrow(1, 0, length));
    }

    private static unsafe nint AddressOf(Tensor tensor) => (nint)TensorMemory.Of<byte>(tensor);

    public void Dispose()
    {
        Keys.Dispose();
        Values.Dispose();
    }
}
