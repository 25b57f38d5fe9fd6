using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>Sequences of tokens packed end to end without padding, N tokens in all.</summary>
internal sealed class PackedSequences
{
    /// <param name="ids">The token ids of each sequence, which must not be empty.</param>
    /// <param name="keys">A random key for each sequence, for dropout.</param>
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

    /// <summary>Some of the tokens, as one sequence. It is for operators that compute each token independently of the others.</summary>
    /// <param name="tokens">The numbers of the tokens, from 0 to N − 1.</param>
    public PackedSequences Select(long[] tokens) => new([.. tokens.Select(token => Ids[token])], [.. tokens.Select(token => RowKeys[token])]);

    /// <summary>Gets the token ids, (N).</summary>
    public long[] Ids { get; }

    /// <summary>Gets a random key for each token, (N), for dropout.</summary>
    public uint[] RowKeys { get; }

    /// <summary>Gets the start of each sequence, and N at the end.</summary>
    public int[] Starts { get; }

    /// <summary>Gets the number of tokens, N.</summary>
    public int TokenCount => Ids.Length;

    /// <summary>Gets the length of the longest sequence.</summary>
    public int LongestLength => Enumerable.Range(0, Starts.Length - 1).Max(i => Starts[i + 1] - Starts[i]);

    /// <summary>Converts the sequences for a model under autograd: token ids, int64 (1, N), and their layout. The caller owns the tensors.</summary>
    public (Tensor InputIds, PackedLayout Layout) ToTensors(Device device)
    {
        long[] sequence = [.. Enumerable.Range(0, TokenCount).Select(i => (long)SequenceOf(i))];
        long[] position = [.. sequence.Select((s, i) => (long)i - Starts[s])];
        Tensor Row(long[] values) => DeviceTransfer.Send(values, [1, TokenCount], device).DetachFromDisposeScope();
        return (Row(Ids), new PackedLayout(Row(position), Row(sequence), LongestLength));
    }

    /// <summary>The index of the sequence that a token belongs to.</summary>
    public int SequenceOf(long token)
    {
        int found = Array.BinarySearch(Starts, (int)token);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>Runs of neighbouring sequences of equal length: the first token, the number of sequences and the length of each.</summary>
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
