using System.Text;

namespace Microsoft.ML.Tokenizers;

/// <summary>GPT-2's alphabet: one printable character for each of the 256 bytes.</summary>
internal static class ByteAlphabet
{
    private const int FirstStandIn = 256;

    private static readonly char[] Chars = CreateChars();
    private static readonly short[] Bytes = CreateBytes();

    /// <summary>The upper bound of what <see cref="Transform"/> writes for a text.</summary>
    public static int MaxLength(int textLength) => checked(textLength * 3);

    /// <summary>Writes the text's UTF-8 bytes as characters of the alphabet, and for each of them the index of its source.</summary>
    /// <remarks>A lone surrogate becomes the three bytes that its value would have.</remarks>
    public static int Transform(ReadOnlySpan<char> text, Span<char> destination, Span<int> sources)
    {
        int written = 0;
        for (int i = 0; i < text.Length; i++)
        {
            int source = i;
            int code = text[i];
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                code = char.ConvertToUtf32(text[i], text[++i]);
            }

            (int leadBits, int lastShift) = code switch
            {
                < 0x80 => (0, 0),
                < 0x800 => (0xC0, 6),
                < 0x10000 => (0xE0, 12),
                _ => (0xF0, 18),
            };
            destination[written] = Chars[leadBits | (code >> lastShift)];
            sources[written++] = source;
            for (int shift = lastShift - 6; shift >= 0; shift -= 6)
            {
                destination[written] = Chars[0x80 | (code >> shift & 0x3F)];
                sources[written++] = source;
            }
        }

        return written;
    }

    /// <summary>Appends the bytes a token stands for; characters outside the alphabet stand for their own UTF-8 bytes.</summary>
    public static void AppendBytes(ReadOnlySpan<char> token, List<byte> bytes)
    {
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < token.Length;)
        {
            if (token[i] < Bytes.Length && Bytes[token[i]] >= 0)
            {
                bytes.Add((byte)Bytes[token[i++]]);
                continue;
            }

            Rune.DecodeFromUtf16(token[i..], out Rune rune, out int consumed);
            bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
            i += consumed;
        }
    }

    private static char[] CreateChars()
    {
        char[] chars = new char[256];
        int standIn = FirstStandIn;
        for (int value = 0; value < chars.Length; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            chars[value] = (char)(printable ? value : standIn++);
        }

        return chars;
    }

    private static short[] CreateBytes()
    {
        short[] bytes = new short[Chars.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (short value = 0; value < Chars.Length; value++)
        {
            bytes[Chars[value]] = value;
        }

        return bytes;
    }
}
