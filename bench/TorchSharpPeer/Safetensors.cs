using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.TorchSharpPeer;

/// <summary>Reads the *.safetensors files of a folder.</summary>
internal static class Safetensors
{
    /// <summary>Reads all tensors, by their names.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">The format to convert them to.</param>
    public static Dictionary<string, Tensor> Read(string folder, ScalarType dtype)
    {
        var tensors = new Dictionary<string, Tensor>();
        foreach (string path in Directory.GetFiles(folder, "*.safetensors"))
        {
            using var file = File.OpenHandle(path);
            byte[] length = new byte[sizeof(ulong)];
            _ = RandomAccess.Read(file, length, 0);
            byte[] header = new byte[BinaryPrimitives.ReadUInt64LittleEndian(length)];
            _ = RandomAccess.Read(file, header, sizeof(ulong));
            using var document = JsonDocument.Parse(header);
            foreach (var entry in document.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
            {
                long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
                var stored = entry.Value.GetProperty("dtype").GetString() switch
                {
                    "BF16" => ScalarType.BFloat16,
                    "F32" => ScalarType.Float32,
                    var other => throw new NotSupportedException($"{path}: '{entry.Name}' is {other}. The peer reads BF16 and F32."),
                };
                using var tensor = empty(shape, stored);
                long start = sizeof(ulong) + header.Length + entry.Value.GetProperty("data_offsets")[0].GetInt64();
                var bytes = tensor.bytes;
                for (int read = 0; read < bytes.Length;)
                {
                    int count = RandomAccess.Read(file, bytes[read..], start + read);
                    read += count > 0 ? count : throw new EndOfStreamException($"{path} ends within '{entry.Name}'.");
                }

                tensors[entry.Name] = tensor.to_type(dtype, copy: true);
            }
        }

        return tensors;
    }
}
