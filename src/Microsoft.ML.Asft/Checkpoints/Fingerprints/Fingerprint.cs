using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Checkpoints.Fingerprints;

/// <summary>
/// Identifies a model by every byte: <c>v2:</c> and the SHA-256 of <c>config.json</c> and of each weight file's name, length and content.
/// Several threads hash parts of a file's content, and these hashes are hashed together.
/// </summary>
internal static class Fingerprint
{
    private const string Version = "v2:";
    private const int ShownDigits = 12;
    private const int OlderLength = 64;
    private const int PartLength = 1 << 24;
    private const int PieceLength = 1 << 16;

    /// <summary>Computes a model's fingerprint, or takes it from the cache if the files have not changed.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <returns>The version and 64 hexadecimal digits in lower case.</returns>
    /// <exception cref="InvalidDataException">A weight file is damaged.</exception>
    public static string OfModel(string folder) => FingerprintCache.Default.Get(folder, () => Compute(folder));

    /// <summary>Whether a folder holds the model of a fingerprint. The fingerprint may be of an earlier version.</summary>
    /// <exception cref="InvalidDataException">A weight file is damaged, or this version does not know the fingerprint's kind.</exception>
    public static bool Matches(string folder, string fingerprint) =>
        fingerprint.StartsWith(Version, StringComparison.Ordinal) ? OfModel(folder) == fingerprint
        : IsOlder(fingerprint) ? SampledFingerprint.OfModel(folder) == fingerprint
        : throw new InvalidDataException(
            $"The fingerprint '{Short(fingerprint)}' of the base model is of a kind that this version does not know. Use a newer version, or save the model again.");

    /// <summary>Whether a fingerprint is of an earlier version.</summary>
    public static bool IsOlder(string fingerprint) => fingerprint.Length == OlderLength && fingerprint.All(char.IsAsciiHexDigitLower);

    /// <summary>The short form of a fingerprint in messages.</summary>
    public static string Short(string fingerprint)
    {
        int start = fingerprint.StartsWith(Version, StringComparison.Ordinal) ? Version.Length : 0;
        return fingerprint[start..Math.Min(start + ShownDigits, fingerprint.Length)];
    }

    internal static string Compute(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in (string[])[ModelConfig.FileName, .. TensorSource.FilesOf(folder)])
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(name);
            AppendNumber(hash, utf8.Length);
            hash.AppendData(utf8);
            AppendFile(hash, Path.Combine(folder, name));
        }

        return Version + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // A length precedes each part, so that two different folders never give the same bytes.
    private static void AppendFile(IncrementalHash hash, string path)
    {
        using var handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
        long length = RandomAccess.GetLength(handle);
        byte[][] parts = new byte[(length + PartLength - 1) / PartLength][];
        Parallel.For(0, parts.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, part =>
        {
            using var partHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            byte[] piece = new byte[PieceLength];
            long end = Math.Min(length, (long)(part + 1) * PartLength);
            for (long offset = (long)part * PartLength; offset < end;)
            {
                int read = RandomAccess.Read(handle, piece.AsSpan(0, (int)Math.Min(PieceLength, end - offset)), offset);
                if (read == 0)
                {
                    break;  // truncated while it was read: another length, and so another hash
                }

                partHash.AppendData(piece, 0, read);
                offset += read;
            }

            parts[part] = partHash.GetHashAndReset();
        });
        AppendNumber(hash, length);
        foreach (byte[] part in parts)
        {
            hash.AppendData(part);
        }
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
