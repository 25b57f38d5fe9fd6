using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads the fields of a protocol buffer message one after the other.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = message;
    private WireType _type;

    private enum WireType
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        Fixed32 = 5,
    }

    /// <summary>Moves to the next field; false at the end. The caller then reads or skips the value.</summary>
    public bool Next(out int field)
    {
        field = 0;
        if (_rest.IsEmpty)
        {
            return false;
        }

        ulong tag = Varint();
        _type = (WireType)(tag & 7);
        field = (int)Math.Min(tag >> 3, int.MaxValue);
        return true;
    }

    public int Int32() => _type == WireType.Varint ? unchecked((int)Varint()) : throw Wrong();

    public bool Bool() => Int32() != 0;

    public float Single() => _type == WireType.Fixed32 ? BinaryPrimitives.ReadSingleLittleEndian(Take(4)) : throw Wrong();

    public ReadOnlySpan<byte> Bytes() => _type == WireType.Bytes ? Take(Varint()) : throw Wrong();

    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    public string Text() => Strict.GetString(Bytes());

    public void Skip()
    {
        switch (_type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.Bytes:
                Take(Varint());
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            default:
                throw Wrong();
        }
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Wrong();
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw new FormatException("it ends in the middle of a value");
        }

        ReadOnlySpan<byte> taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private static FormatException Wrong() => new("it is not a protocol buffer of the expected kind");
}
