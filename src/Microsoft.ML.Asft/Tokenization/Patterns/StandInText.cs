namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>A text in which each character beyond U+FFFF is replaced by its stand-in, so that all characters are one unit long.</summary>
internal readonly ref struct StandInText
{
    private readonly ReadOnlySpan<char> _original;

    public StandInText(ReadOnlySpan<char> original, StandIns standIns)
    {
        _original = original;
        char[] text = new char[original.Length];
        int length = 0;
        for (int i = 0; i < original.Length; i++)
        {
            text[length++] = char.IsHighSurrogate(original[i])
                ? standIns.Of(char.ConvertToUtf32(original[i], original[++i]))
                : original[i];
        }

        Text = text.AsSpan(0, length);
    }

    public ReadOnlySpan<char> Text { get; }

    /// <summary>Converts positions in <see cref="Text"/>, in ascending order, to positions in the original.</summary>
    public void TranslateBack(List<(int Start, int Length)> matches)
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

    private void Advance(int target, ref int at, ref int original)
    {
        for (; at < target; at++)
        {
            original += char.IsHighSurrogate(_original[original]) ? 2 : 1;
        }
    }
}
