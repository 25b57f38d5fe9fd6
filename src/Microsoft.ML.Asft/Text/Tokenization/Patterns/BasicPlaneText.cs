using System.Globalization;

namespace Microsoft.ML.Asft.Text;

/// <summary>
/// A text in which each character beyond U+FFFF is replaced by one of the same general category within it, so that an expression
/// over UTF-16 units sees one unit a character and still knows letters, digits and symbols apart.
/// </summary>
internal ref struct BasicPlaneText
{
    // One character for each category that exists beyond U+FFFF, none of which a split pattern is likely to name.
    private static readonly Dictionary<UnicodeCategory, char> StandIns = new()
    {
        [UnicodeCategory.UppercaseLetter] = '\u2C6F',
        [UnicodeCategory.LowercaseLetter] = '\u0250',
        [UnicodeCategory.TitlecaseLetter] = '\u1F88',
        [UnicodeCategory.ModifierLetter] = '\u02B0',
        [UnicodeCategory.OtherLetter] = '\u01BB',
        [UnicodeCategory.NonSpacingMark] = '\u0315',
        [UnicodeCategory.SpacingCombiningMark] = '\u0903',
        [UnicodeCategory.EnclosingMark] = '\u0488',
        [UnicodeCategory.DecimalDigitNumber] = '\u0660',
        [UnicodeCategory.LetterNumber] = '\u2180',
        [UnicodeCategory.OtherNumber] = '\u2474',
        [UnicodeCategory.ConnectorPunctuation] = '\u203F',
        [UnicodeCategory.DashPunctuation] = '\u2010',
        [UnicodeCategory.OpenPunctuation] = '\u2045',
        [UnicodeCategory.ClosePunctuation] = '\u2046',
        [UnicodeCategory.InitialQuotePunctuation] = '\u2E02',
        [UnicodeCategory.FinalQuotePunctuation] = '\u2E03',
        [UnicodeCategory.OtherPunctuation] = '\u2020',
        [UnicodeCategory.MathSymbol] = '\u2200',
        [UnicodeCategory.CurrencySymbol] = '\u20A0',
        [UnicodeCategory.ModifierSymbol] = '\u02C2',
        [UnicodeCategory.OtherSymbol] = '\u2100',
        [UnicodeCategory.Format] = '\u2061',
        [UnicodeCategory.PrivateUse] = '\uE000',
        [UnicodeCategory.OtherNotAssigned] = '\u0378',
    };

    private readonly ReadOnlySpan<char> _original;
    private readonly char[] _text;

    public BasicPlaneText(ReadOnlySpan<char> original)
    {
        _original = original;
        _text = new char[original.Length];
        int length = 0;
        for (int i = 0; i < original.Length; i++)
        {
            bool isPair = i + 1 < original.Length && char.IsSurrogatePair(original[i], original[i + 1]);
            _text[length++] = isPair
                ? StandIns[CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(original[i], original[++i]))]
                : original[i];
        }

        Text = _text.AsSpan(0, length);
    }

    public ReadOnlySpan<char> Text { get; }

    /// <summary>Turns places in <see cref="Text"/>, in ascending order, into those of the original.</summary>
    public readonly void TranslateBack(List<(int Start, int Length)> matches)
    {
        int at = 0;
        int original = 0;
        for (int i = 0; i < matches.Count; i++)
        {
            (int start, int length) = matches[i];
            Advance(start, ref at, ref original);
            int originalStart = original;
            Advance(start + length, ref at, ref original);
            matches[i] = (originalStart, original - originalStart);
        }
    }

    private readonly void Advance(int target, ref int at, ref int original)
    {
        for (; at < target; at++)
        {
            bool isPair = original + 1 < _original.Length && char.IsSurrogatePair(_original[original], _original[original + 1]);
            original += isPair ? 2 : 1;
        }
    }
}
