using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>
/// Gives every character beyond U+FFFF a stand-in of one UTF-16 unit. Characters that the sets of a pattern do not distinguish share
/// one stand-in. So .NET's patterns, which match UTF-16 units, match code points.
/// </summary>
/// <remarks>The stand-ins are halves of surrogate pairs: a well-formed text has no such unit alone.</remarks>
internal sealed class StandIns
{
    private const int FirstBeyond = 0x10000;
    private const int Most = 0x800;

    // Characters from _starts[i] up to the next start have the stand-in _indices[i].
    private readonly int[] _starts;
    private readonly int[] _indices;

    // A character of each class, by the index of its stand-in.
    private readonly List<int> _examples = [];

    /// <exception cref="NotSupportedException">The pattern distinguishes too many classes of characters.</exception>
    public StandIns(IReadOnlyList<CodePointSet> sets)
    {
        IEnumerable<int> bounds = sets.SelectMany(set => set.Ranges).SelectMany(range => new[] { range.First, range.Last + 1 });
        _starts = [.. bounds.Where(start => start is > FirstBeyond and <= CodePointSet.Last).Append(FirstBeyond).Distinct().Order()];
        _indices = new int[_starts.Length];
        Dictionary<string, int> kinds = [];
        for (int i = 0; i < _starts.Length; i++)
        {
            string kind = string.Concat(sets.Select(set => set.Contains(_starts[i]) ? '1' : '0'));
            if (kinds.TryAdd(kind, kinds.Count))
            {
                _examples.Add(_starts[i]);
            }

            _indices[i] = kinds[kind];
        }

        if (Count > Most)
        {
            throw new NotSupportedException($"{Count:N0} kinds of characters beyond U+FFFF in a pattern (the limit is {Most:N0})");
        }
    }

    public int Count => _examples.Count;

    /// <summary>The indices of the stand-ins of a set's characters, in ascending order.</summary>
    public IReadOnlyList<int> Of(CodePointSet set) => [.. Enumerable.Range(0, Count).Where(index => set.Contains(_examples[index]))];

    /// <summary>The stand-in of a character beyond U+FFFF.</summary>
    public char Of(int code)
    {
        int found = Array.BinarySearch(_starts, code);
        return CharOf(_indices[found >= 0 ? found : ~found - 1]);
    }

    public static char CharOf(int index) => (char)(0xD800 + index);
}
