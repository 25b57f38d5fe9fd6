using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>
/// Replaces characters by a precompiled map: short grapheme clusters as a whole if the map has them, else each character.
/// </summary>
internal sealed class PrecompiledNormalizer(CharacterMap map) : AlignedNormalizer
{
    // In UTF-8 bytes: longer clusters are not looked up as a whole.
    private const int LongestCluster = 5;

    // Marks of Unicode 17.0, which the library knows and .NET 10 does not: they belong to the preceding cluster.
    private static readonly CodePointSet NewerMarks =
        CodePointSet.Parse("1ACF-1ADD 1AE0-1AEB 10EFA-10EFB 11B60-11B67 1E6E3 1E6E6 1E6EE-1E6EF 1E6F5");

    public override TextPiece Normalize(TextPiece piece)
    {
        ReadOnlySpan<char> text = piece.Span;
        AlignedTextBuilder? builder = null;
        int copied = 0;
        for (int at = 0, length; at < text.Length; at += length)
        {
            length = ClusterLength(text[at..]);
            ReadOnlySpan<char> cluster = text.Slice(at, length);
            if (Find(cluster) is string whole)
            {
                Replace(ref builder, at, length, whole);
                continue;
            }

            int start = at;
            foreach (Rune rune in cluster.EnumerateRunes())
            {
                if (Find(text.Slice(start, rune.Utf16SequenceLength)) is string replacement)
                {
                    Replace(ref builder, start, rune.Utf16SequenceLength, replacement);
                }

                start += rune.Utf16SequenceLength;
            }
        }

        builder?.Copy(copied, text.Length - copied);
        return builder?.Build() ?? piece;

        void Replace(ref AlignedTextBuilder? builder, int start, int length, string replacement)
        {
            builder ??= new AlignedTextBuilder(piece);
            builder.Copy(copied, start - copied);
            builder.Write(replacement, start, length);
            copied = start + length;
        }
    }

    private static int ClusterLength(ReadOnlySpan<char> text)
    {
        int length = StringInfo.GetNextTextElementLength(text);
        while (!char.IsControl(text[0]) && Rune.DecodeFromUtf16(text[length..], out Rune rune, out _) == OperationStatus.Done &&
            NewerMarks.Contains(rune.Value))
        {
            length += StringInfo.GetNextTextElementLength(text[length..]);
        }

        return length;
    }

    private string? Find(ReadOnlySpan<char> text)
    {
        Span<byte> utf8 = stackalloc byte[LongestCluster];
        return Encoding.UTF8.TryGetBytes(text, utf8, out int length) ? map.Find(utf8[..length]) : null;
    }
}
