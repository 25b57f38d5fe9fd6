using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>Unicode's normal forms: NFC, or NFD when <paramref name="compose"/> is false; NFKC and NFKD when <paramref name="compatible"/>.</summary>
/// <remarks>
/// They are those of Unicode 9.0, as in Hugging Face's library.
/// The text is cut before every character that can neither change nor take part in a change of the text before it. The text
/// between two cuts is normalized as a whole, and all its characters are aligned to this whole.
/// </remarks>
internal sealed class UnicodeNormalizer(bool compose, bool compatible = false) : AlignedNormalizer
{
    private const char LastBeforeMarks = '\u02FF';
    private const char LastAscii = '\u007F';

    private static readonly DecompositionTable Table = DecompositionTable.Instance;

    // Whether a character of the basic plane is an unchanged starter. It is checked for every character of every text.
    private readonly bool[] _stays = [.. Enumerable.Range(0, 0x10000).Select(code => Stays(code, compose, compatible))];

    public override TextPiece Normalize(TextPiece piece)
    {
        ReadOnlySpan<char> text = piece.Span;
        if (!text.ContainsAnyExceptInRange('\0', compose && !compatible ? LastBeforeMarks : LastAscii))
        {
            return piece;
        }

        AlignedTextBuilder? builder = null;
        int copied = 0;
        int start = 0;
        while (start < text.Length)
        {
            int next = NextStarter(text, start + LengthAt(text, start));
            ReadOnlySpan<char> cluster = text[start..next];
            if (next - start > LengthAt(text, start) || !Stays(text, start))
            {
                string normalized = NormalizeCluster(cluster);
                if (!cluster.SequenceEqual(normalized))
                {
                    builder ??= new AlignedTextBuilder(piece);
                    builder.Copy(copied, start - copied);
                    builder.Write(normalized, start, cluster.Length);
                    copied = next;
                }
            }

            start = next;
        }

        builder?.Copy(copied, text.Length - copied);
        return builder?.Build() ?? piece;
    }

    private static bool Stays(int code, bool compose, bool compatible) =>
        (compose ? Table.IsComposedStarter(code) : Table.IsDecomposedStarter(code)) &&
        !(compatible && Table.HasCompatiblePart(code));

    private static int LengthAt(ReadOnlySpan<char> text, int index) =>
        index + 1 < text.Length && char.IsSurrogatePair(text[index], text[index + 1]) ? 2 : 1;

    private bool Stays(ReadOnlySpan<char> text, int index) => LengthAt(text, index) == 2
        ? Stays(char.ConvertToUtf32(text[index], text[index + 1]), compose, compatible)
        : _stays[text[index]];

    private int NextStarter(ReadOnlySpan<char> text, int index)
    {
        while (index < text.Length && !Stays(text, index))
        {
            index += LengthAt(text, index);
        }

        return index;
    }

    private string NormalizeCluster(ReadOnlySpan<char> cluster)
    {
        List<int> codes = [];
        foreach (Rune rune in cluster.EnumerateRunes())
        {
            Decompose(rune.Value, codes);
        }

        SortMarks(codes);
        if (compose)
        {
            Compose(codes);
        }

        StringBuilder text = new(codes.Count);
        foreach (int code in codes)
        {
            text.Append(new Rune(code).ToString());
        }

        return text.ToString();
    }

    private void Decompose(int code, List<int> codes)
    {
        if (!Table.TryDecompose(code, out var parts))
        {
            if (compatible && Table.TryDecomposeCompatible(code, out int[]? all))
            {
                codes.AddRange(all);
                return;
            }

            codes.Add(code);
            return;
        }

        Decompose(parts.First, codes);
        if (parts.Second >= 0)
        {
            Decompose(parts.Second, codes);
        }
    }

    // Every run of marks is sorted by combining class; marks of one class keep their order.
    private static void SortMarks(List<int> codes)
    {
        for (int start = 0; start < codes.Count; start++)
        {
            int end = start;
            while (end < codes.Count && Table.ClassOf(codes[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] sorted = [.. codes[start..end].OrderBy(code => Table.ClassOf(code))];
                for (int i = 0; i < sorted.Length; i++)
                {
                    codes[start + i] = sorted[i];
                }
            }

            start = end;
        }
    }

    private static void Compose(List<int> codes)
    {
        int starter = -1;
        int written = 0;
        int previousClass = -1;
        for (int i = 0; i < codes.Count; i++)
        {
            int code = codes[i];
            int combiningClass = Table.ClassOf(code);

            // A mark of the same class in between, or an unchanged starter, blocks this mark from its starter.
            bool reaches = starter >= 0 && previousClass < combiningClass;
            if (reaches && Table.TryCompose(codes[starter], code, out int composed))
            {
                codes[starter] = composed;
                continue;
            }

            if (combiningClass == 0)
            {
                starter = written;
                previousClass = -1;
            }
            else
            {
                previousClass = combiningClass;
            }

            codes[written++] = code;
        }

        codes.RemoveRange(written, codes.Count - written);
    }
}
