using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Safetensors;

/// <summary>Safetensors files made by hand: whatever header is asked for, true or not.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Of(string header, params byte[] data) => WithLength((ulong)Encoding.UTF8.GetByteCount(header), header, data);

    public static byte[] WithLength(ulong length, string header, params byte[] data)
    {
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, length);
        return [.. prefix, .. Encoding.UTF8.GetBytes(header), .. data];
    }

    /// <summary>A file with one float32 tensor for each pair of name and numbers.</summary>
    public static byte[] Floats(params (string Name, float[] Values)[] tensors)
    {
        int offset = 0;
        var entries = new List<string>();
        var data = new List<byte>();
        foreach (var (name, values) in tensors)
        {
            int end = offset + (4 * values.Length);
            entries.Add($$"""{{'"'}}{{name}}":{"dtype":"F32","shape":[{{values.Length}}],"data_offsets":[{{offset}},{{end}}]}""");
            data.AddRange(values.SelectMany(BitConverter.GetBytes));
            offset = end;
        }

        return Of($"{{{string.Join(",", entries)}}}", [.. data]);
    }
}
