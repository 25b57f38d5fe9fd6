using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>Sequences of tokens laid end to end, N tokens in all and not one of padding.</summary>
internal sealed class PackedSequences
{
    /// <param name="ids">The ids of each sequence; none is empty.</param>
    /// <param name="keys">A number for each sequence, from which dropout follows.</param>
    public PackedSequences(IReadOnlyList<ReadOnlyMemory<int>> ids, IReadOnlyList<uint> keys)
    {
        Starts = new int[ids.Count + 1];
        for (int i = 0; i < ids.Count; i++)
        {
            Starts[i + 1] = Starts[i] + ids[i].Length;
        }

        Ids = new long[Starts[^1]];
        RowKeys = new uint[Starts[^1]];
        for (int i = 0; i < ids.Count; i++)
        {
            for (int position = 0; position < ids[i].Length; position++)
            {
                Ids[Starts[i] + position] = ids[i].Span[position];
                RowKeys[Starts[i] + position] = DropoutMask.KeyOf(keys[i], position);
            }
        }
    }

    private PackedSequences(long[] ids, uint[] keys) => (Ids, RowKeys, Starts) = (ids, keys, [0, ids.Length]);

    /// <summary>Some of the tokens, for what computes each token alone.</summary>
    /// <param name="tokens">Which.</param>
    public PackedSequences Select(long[] tokens) => new([.. tokens.Select(token => Ids[token])], [.. tokens.Select(token => RowKeys[token])]);

    /// <summary>Gets the ids, (N).</summary>
    public long[] Ids { get; }

    /// <summary>Gets a number for each token, (N), from which dropout follows.</summary>
    public uint[] RowKeys { get; }

    /// <summary>Gets where each sequence starts, and after the last one N.</summary>
    public int[] Starts { get; }

    /// <summary>Gets N.</summary>
    public int TokenCount => Ids.Length;

    /// <summary>Gets the length of the longest sequence.</summary>
    public int LongestLength => Enumerable.Range(0, Starts.Length - 1).Max(i => Starts[i + 1] - Starts[i]);

    /// <summary>The sequences as a model under autograd gets them: ids, int64 (1, N), and where they begin and end.</summary>
    public (Tensor InputIds, PackedLayout Layout) ToTensors(Device device)
    {
        long[] sequence = [.. Enumerable.Range(0, TokenCount).Select(i => (long)SequenceOf(i))];
        long[] position = [.. sequence.Select((s, i) => (long)i - Starts[s])];
        Tensor Row(long[] values) => tensor(values, [1, TokenCount], ScalarType.Int64, device);
        return (Row(Ids), new PackedLayout(Row(position), Row(sequence), LongestLength));
    }

    /// <summary>The sequence that a token belongs to.</summary>
    public int SequenceOf(long token)
    {
        int found = Array.BinarySearch(Starts, (int)token);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>Neighbours of one length: (first token, sequences, length of each).</summary>
    public IEnumerable<(int Start, int Count, int Length)> Runs()
    {
        for (int i = 0; i < Starts.Length - 1;)
        {
            int length = Starts[i + 1] - Starts[i];
            int next = i + 1;
            while (next < Starts.Length - 1 && Starts[next + 1] - Starts[next] == length)
            {
                next++;
            }

            yield return (Starts[i], next - i, length);
            i = next;
        }
    }
}
