using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;

namespace Microsoft.ML.Asft.Tests.Training.Reporting;

/// <summary>Reads a TensorBoard event file, after the format's description: TFRecords with checksums, each a protocol buffer <c>Event</c>.</summary>
internal static class EventFile
{
    public static IReadOnlyList<(string Tag, long Step, float Value, double Time)> ReadScalars(string path)
    {
        var scalars = new List<(string, long, float, double)>();
        var rest = File.ReadAllBytes(path).AsSpan();
        string? version = null;
        while (rest.Length > 0)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(rest);
            Assert.Equal(MaskedChecksum(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            var record = rest.Slice(12, length);
            Assert.Equal(MaskedChecksum(record), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            rest = rest[(16 + length)..];
            var (step, time) = (0L, 0.0);
            var values = new List<(string Tag, float Value)>();
            foreach (var (field, input) in Fields(record.ToArray()))
            {
                switch (field)
                {
                    case 1: time = input.ReadDouble(); break;
                    case 2: step = input.ReadInt64(); break;
                    case 3: version = input.ReadString(); break;
                    case 5: values.AddRange(ReadSummary(input.ReadBytes().ToByteArray())); break;
                }
            }

            Assert.Equal("brain.Event:2", version);
            scalars.AddRange(values.Select(v => (v.Tag, step, v.Value, time)));
        }

        return scalars;
    }

    private static IEnumerable<(string Tag, float Value)> ReadSummary(byte[] summary)
    {
        foreach (var (_, input) in Fields(summary))
        {
            var (tag, value) = ("", 0f);
            foreach (var (field, inner) in Fields(input.ReadBytes().ToByteArray()))
            {
                switch (field)
                {
                    case 1: tag = inner.ReadString(); break;
                    case 2: value = inner.ReadFloat(); break;
                }
            }

            yield return (tag, value);
        }
    }

    // The consumer reads each field's value before the next is asked for.
    private static IEnumerable<(int Field, CodedInputStream Input)> Fields(byte[] message)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is > 0 and uint tag)
        {
            yield return (WireFormat.GetTagFieldNumber(tag), input);
        }
    }

    private static uint MaskedChecksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
