using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>One layer's keys and values, with room for more: each (rows, Hk, capacity, D), of which the first rows are in use.</summary>
/// <param name="lengths">The length of each sequence, without the tokens that are just going through the model.</param>
/// <param name="heads">Hk.</param>
/// <param name="headDim">D.</param>
/// <param name="window">How many tokens, its own included, a token of this layer sees; all when <see langword="null"/>.</param>
/// <param name="dtype">The number format.</param>
/// <param name="device">The device.</param>
internal sealed class LayerCache(IReadOnlyList<int> lengths, long heads, long headDim, int? window, ScalarType dtype, Device device) : IDisposable
{
    public Tensor Keys { get; private set; } = null!;

    public Tensor Values { get; private set; } = null!;

    public int Capacity { get; private set; }

    public int? Window => window;

    public IReadOnlyList<int> Lengths => lengths;

    /// <summary>Makes room, and keeps the first positions of every sequence.</summary>
    public void Allocate(int rows, int capacity, int kept)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Keys = Move(Keys);
        Values = Move(Values);
        Capacity = capacity;

        // Zeros, since attention multiplies what is behind a shorter sequence by zero, and that must be a number.
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

    /// <summary>Writes T new positions behind each sequence and returns all so far, (B, Hk, longest + T, D).</summary>
    /// <param name="keys">(B, Hk, T, D).</param>
    /// <param name="values">(B, Hk, T, D).</param>
    /// <param name="slots">
    /// Where they go when the sequences are of unequal length: rows of the cache seen as (rows·Hk·capacity, D), in the order of <paramref name="keys"/>.
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

    /// <summary>The slots of T new positions behind each sequence, for <see cref="Append"/>.</summary>
    public Tensor Slots(int t)
    {
        var slots = from row in Enumerable.Range(0, lengths.Count)
                    from head in Enumerable.Range(0, (int)heads)
                    from i in Enumerable.Range(0, t)
                    select ((((row * heads) + head) * Capacity) + lengths[row] + i);
        return tensor([.. slots], ScalarType.Int64, device);
    }

    /// <summary>Copies the first positions of a sequence, of this or another cache, over one of this.</summary>
    public void Copy(LayerCache source, int from, int to, int length)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Keys.select(0, to).narrow(1, 0, length).copy_(source.Keys.select(0, from).narrow(1, 0, length));
        Values.select(0, to).narrow(1, 0, length).copy_(source.Values.select(0, from).narrow(1, 0, length));
    }

    public void Dispose()
    {
        Keys.Dispose();
        Values.Dispose();
    }
}
