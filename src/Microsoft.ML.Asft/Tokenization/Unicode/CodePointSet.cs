namespace Microsoft.ML.Asft.Tokenization.Unicode;

/// <summary>A set of Unicode code points without surrogates, as ascending ranges that do not touch.</summary>
internal sealed class CodePointSet : IEquatable<CodePointSet>
{
    public const int Last = 0x10FFFF;
    private const int FirstSurrogate = 0xD800;
    private const int LastSurrogate = 0xDFFF;

    private readonly (int First, int Last)[] _ranges;

    private CodePointSet((int First, int Last)[] ranges)
    {
        _ranges = ranges;
    }

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = Of((0, Last));

    public IReadOnlyList<(int First, int Last)> Ranges => _ranges;

    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>The union of ranges in any order; surrogates in them are left out.</summary>
    public static CodePointSet Of(params IEnumerable<(int First, int Last)> ranges)
    {
        List<(int First, int Last)> joined = [];
        foreach ((int first, int last) in ranges.SelectMany(WithoutSurrogates).OrderBy(range => range.First))
        {
            if (joined is [.., var previous] && first <= previous.Last + 1)
            {
                joined[^1] = (previous.First, Math.Max(previous.Last, last));
            }
            else
            {
                joined.Add((first, last));
            }
        }

        return new CodePointSet([.. joined]);
    }

    /// <summary>The code points that satisfy a predicate.</summary>
    public static CodePointSet Where(Func<int, bool> holds)
    {
        List<(int First, int Last)> ranges = [];
        for (int code = 0; code <= Last; code++)
        {
            if (!holds(code))
            {
                continue;
            }

            if (ranges is [.., var previous] && previous.Last == code - 1)
            {
                ranges[^1] = (previous.First, code);
            }
            else
            {
                ranges.Add((code, code));
            }
        }

        return Of(ranges);
    }

    /// <summary>Reads code points and ranges of them in hexadecimal: <c>41-5A 61</c>.</summary>
    public static CodePointSet Parse(string text) => Of(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(ParseRange));

    /// <summary>Reads sets that each begin with <c>Name:</c>.</summary>
    public static IEnumerable<(string Name, CodePointSet Set)> ParseNamed(string text)
    {
        string name = "";
        List<(int First, int Last)> ranges = [];
        foreach (string entry in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = entry.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && name.Length > 0)
            {
                yield return (name, Of(ranges));
                ranges = [];
            }

            name = colon > 0 ? entry[..colon] : name;
            ranges.Add(ParseRange(entry[(colon + 1)..]));
        }

        yield return (name, Of(ranges));
    }

    public bool Contains(int code)
    {
        int low = 0;
        int high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (code < _ranges[middle].First)
            {
                high = middle - 1;
            }
            else if (code > _ranges[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    public CodePointSet Union(CodePointSet other) => Of(_ranges.Concat(other._ranges));

    public CodePointSet Intersect(CodePointSet other)
    {
        List<(int First, int Last)> common = [];
        for (int i = 0, k = 0; i < _ranges.Length && k < other._ranges.Length;)
        {
            int first = Math.Max(_ranges[i].First, other._ranges[k].First);
            int last = Math.Min(_ranges[i].Last, other._ranges[k].Last);
            if (first <= last)
            {
                common.Add((first, last));
            }

            if (_ranges[i].Last < other._ranges[k].Last)
            {
                i++;
            }
            else
            {
                k++;
            }
        }

        return new CodePointSet([.. common]);
    }

    public CodePointSet Except(CodePointSet other) => Intersect(other.Complement());

    public CodePointSet Complement()
    {
        List<(int First, int Last)> gaps = [];
        int next = 0;
        foreach ((int first, int last) in _ranges)
        {
            gaps.Add((next, first - 1));
            next = last + 1;
        }

        gaps.Add((next, Last));
        return Of(gaps.Where(gap => gap.First <= gap.Last));
    }

    public bool IsSubsetOf(CodePointSet other) => Except(other).IsEmpty;

    public bool Equals(CodePointSet? other) => other is not null && _ranges.AsSpan().SequenceEqual(other._ranges);

    public override bool Equals(object? obj) => Equals(obj as CodePointSet);

    public override int GetHashCode() => _ranges.Aggregate(0, HashCode.Combine);

    private static (int First, int Last) ParseRange(string text)
    {
        string[] bounds = text.Split('-');
        return (Convert.ToInt32(bounds[0], 16), Convert.ToInt32(bounds[^1], 16));
    }

    private static IEnumerable<(int First, int Last)> WithoutSurrogates((int First, int Last) range)
    {
        if (range.First < FirstSurrogate)
        {
            yield return (range.First, Math.Min(range.Last, FirstSurrogate - 1));
        }

        if (range.Last > LastSurrogate)
        {
            yield return (Math.Max(range.First, LastSurrogate + 1), range.Last);
        }
    }
}
