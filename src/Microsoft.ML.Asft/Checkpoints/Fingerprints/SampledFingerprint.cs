using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Checkpoints.Fingerprints;

/// <summary>
/// The older fingerprint in pipelines and checkpoints of earlier versions: the SHA-256 of <c>config.json</c> and, for each weight
/// file, its name, its header, its length and 64 samples of 4 KB. It is fast, but misses a change between two samples.
/// </summary>
internal static class SampledFingerprint
{
    private const int Samples = 64;
    private const int SampleLength = 4096;

    /// <summary>Computes a model's fingerprint.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <returns>64 hexadecimal digits in lower case.</returns>
    public static string OfModel(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, ModelConfig.FileName, File.ReadAllBytes(Path.Combine(folder, ModelConfig.FileName)));
        foreach (string name in TensorSource.FilesOf(folder))
        {
            using var file = SafetensorsFile.Open(Path.Combine(folder, name));
            Append(hash, name, file.ReadHeader());
            AppendNumber(hash, file.FileLength);
            AppendSamples(hash, Path.Combine(folder, name), file.FileLength);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Evenly spread from the first byte to the last.
    private static void AppendSamples(IncrementalHash hash, string path, long length)
    {
        using var handle = File.OpenHandle(path);
        Span<byte> sample = stackalloc byte[SampleLength];
        for (int i = 0; i < Samples; i++)
        {
            long offset = Math.Max(0, length - SampleLength) / (Samples - 1) * i;
            hash.AppendData(sample[..RandomAccess.Read(handle, sample, offset)]);
        }
    }

    // A length precedes each part, so that two different folders never give the same bytes.
    private static void Append(IncrementalHash hash, string name, byte[] content)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        AppendNumber(hash, utf8.Length);
        hash.AppendData(utf8);
        AppendNumber(hash, content.Length);
        hash.AppendData(content);
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
