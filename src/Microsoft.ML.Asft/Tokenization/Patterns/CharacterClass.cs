using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>Writes a set of characters as one character of a .NET pattern.</summary>
/// <remarks>
/// Names such as <c>\p{L}</c> are used if the set has all of their characters: .NET tests them faster than ranges.
/// </remarks>
internal static class CharacterClass
{
    private const int FewRanges = 2;

    private static readonly CodePointSet BasicPlane = CodePointSet.Of((0, 0xFFFF));

    private static readonly (string Text, CodePointSet Set)[] Names =
    [
        (@"\s", CharacterProperties.WhiteSpace),
        .. CharacterProperties.NetCategories().Select(entry => ($@"\p{{{entry.Name}}}", entry.Set.Intersect(BasicPlane))),
    ];

    /// <param name="set">The set.</param>
    /// <param name="standIns">The indices of the stand-ins for characters beyond U+FFFF that are in the set.</param>
    /// <param name="standInCount">The number of stand-ins; 0 if a text has no character beyond U+FFFF.</param>
    public static string Write(CodePointSet set, IReadOnlyList<int> standIns, int standInCount = 0)
    {
        CodePointSet inside = set.Intersect(BasicPlane);
        CodePointSet outside = BasicPlane.Except(set);
        if (outside.IsEmpty && standIns.Count == standInCount)
        {
            return @"[\s\S]";
        }

        if (inside.IsEmpty && standIns.Count == 0)
        {
            return "(?!)";
        }

        if (standIns.Count == 0 && inside.Ranges is [(int first, int last)] && first == last)
        {
            return Regex.Escape(((char)first).ToString());
        }

        string positive = Members(inside, standIns);
        string negative = Members(outside, [.. Enumerable.Range(0, standInCount).Except(standIns)]);
        return positive.Length == 0 ? $"[^{negative}]"
            : negative.Length == 0 || positive.Length <= negative.Length ? $"[{positive}]"
            : $"[^{negative}]";
    }

    private static string Members(CodePointSet set, IReadOnlyList<int> standIns)
    {
        StringBuilder text = new();
        foreach ((string name, CodePointSet named) in Names)
        {
            if (set.Intersect(named).Ranges.Count > FewRanges && named.IsSubsetOf(set))
            {
                text.Append(name);
                set = set.Except(named);
            }
        }

        foreach ((int first, int last) in set.Ranges)
        {
            AppendRange(first, last);
        }

        foreach (int index in standIns)
        {
            AppendRange(StandIns.CharOf(index), StandIns.CharOf(index));
        }

        return text.ToString();

        void AppendRange(int first, int last)
        {
            text.Append(CultureInfo.InvariantCulture, $@"\u{first:X4}");
            if (last > first)
            {
                text.Append(CultureInfo.InvariantCulture, $@"-\u{last:X4}");
            }
        }
    }
}
