using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Asft.Hub;

/// <summary>Compares a file on disk with the Hub's, by length and hash.</summary>
internal static class FileCheck
{
    private const int BufferLength = 1 << 20;

    /// <summary>Returns the problem of a file; <see langword="null"/> if there is none.</summary>
    public static async Task<string?> ProblemOfAsync(string path, HubFile file, CancellationToken cancellationToken)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.Length != file.Size)
        {
            return $"it has {(info.Exists ? info.Length : 0)} bytes and should have {file.Size}";
        }

        var (expected, algorithm) = file.Sha256 is not null ? (file.Sha256, HashAlgorithmName.SHA256)
            : (file.BlobId, HashAlgorithmName.SHA1);
        if (expected is null)
        {
            return null;
        }

        using var hash = IncrementalHash.CreateHash(algorithm);
        if (algorithm == HashAlgorithmName.SHA1)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Size}\0")));   // git's header
        }

        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        byte[] buffer = new byte[BufferLength];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        string actual = Convert.ToHexStringLower(hash.GetHashAndReset());
        return actual.Equals(expected, StringComparison.OrdinalIgnoreCase) ? null
            : $"its {algorithm.Name} is {actual} and should be {expected}";
    }
}
