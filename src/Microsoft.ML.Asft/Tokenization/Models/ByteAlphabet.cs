using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>GPT-2's alphabet, in which each of the 256 bytes has a printable character.</summary>
internal static class ByteAlphabet
{
    private const int FirstStandIn = 256;
    private const int StandIns = 68;

    private static readonly char[] Chars = CreateChars();
    private static readonly short[] Bytes = CreateBytes();

    public static char CharOf(byte value) => Chars[value];

    /// <summary>The text in the spelling of a byte-level tokenizer's vocabulary.</summary>
    public static string Spell(ReadOnlySpan<char> text)
    {
        StringBuilder spelled = new(text.Length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                spelled.Append(Chars[value]);
            }
        }

        return spelled.ToString();
    }

    /// <summary>Appends the bytes of a token. If it is not in the alphabet, its own UTF-8 is used.</summary>
    public static void AppendBytes(ReadOnlySpan<char> token, List<byte> bytes)
    {
        int start = bytes.Count;
        foreach (char c in token)
        {
            if (c >= Bytes.Length || Bytes[c] < 0)
            {
                bytes.RemoveRange(start, bytes.Count - start);
                bytes.AddRange(Encoding.UTF8.GetBytes(token.ToString()));
                return;
            }

            bytes.Add((byte)Bytes[c]);
        }
    }

    private static char[] CreateChars()
    {
        char[] chars = new char[256];
        int standIn = FirstStandIn;
        for (int value = 0; value < chars.Length; value++)
        {
            bool isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            chars[value] = (char)(isPrintable ? value : standIn++);
        }

        return chars;
    }

    private static short[] CreateBytes()
    {
        short[] bytes = new short[FirstStandIn + StandIns];
        Array.Fill(bytes, (short)-1);
        for (short value = 0; value < Chars.Length; value++)
        {
            bytes[Chars[value]] = value;
        }

        return bytes;
    }
}
