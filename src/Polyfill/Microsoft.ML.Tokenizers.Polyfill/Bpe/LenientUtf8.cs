using System.Buffers;
using System.Text;

namespace Microsoft.ML.Tokenizers;

/// <summary>UTF-8 as the real one reads it into a span: it takes overlong forms and surrogates for what they say.</summary>
internal static class LenientUtf8
{
    /// <summary>Writes the text, or nothing while the last character is not complete.</summary>
    public static OperationStatus Decode(List<byte> bytes, Span<char> destination, out int written)
    {
        written = 0;
        StringBuilder text = new(bytes.Count);
        for (int i = 0; i < bytes.Count;)
        {
            (int following, int mask) = bytes[i] switch
            {
                < 0x80 => (0, 0x7F),
                >= 0xC0 and < 0xE0 => (1, 0x1F),
                >= 0xE0 and < 0xF0 => (2, 0x0F),
                >= 0xF0 and < 0xF8 => (3, 0x07),
                _ => (-1, 0),
            };
            if (following < 0)
            {
                return OperationStatus.InvalidData;
            }

            if (i + following >= bytes.Count)
            {
                return OperationStatus.NeedMoreData;
            }

            int code = bytes[i++] & mask;
            for (int end = i + following; i < end; i++)
            {
                if ((bytes[i] & 0xC0) != 0x80)
                {
                    return OperationStatus.InvalidData;
                }

                code = (code << 6) | (bytes[i] & 0x3F);
            }

            if (code > char.MaxValue)
            {
                code -= 0x10000;
                text.Append((char)(0xD800 + (code >> 10)));
                code = 0xDC00 + (code & 0x3FF);
            }

            text.Append((char)code);
        }

        if (text.Length > destination.Length)
        {
            return OperationStatus.DestinationTooSmall;
        }

        text.CopyTo(0, destination, text.Length);
        written = text.Length;
        return OperationStatus.Done;
    }
}
