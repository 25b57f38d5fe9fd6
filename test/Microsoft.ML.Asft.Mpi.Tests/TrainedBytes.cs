using System.Security.Cryptography;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>The parameters of a fitted model.</summary>
internal static class TrainedBytes
{
    /// <summary>Their SHA-256, by which bits are compared.</summary>
    public static string HashOf(AsftTransformer model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, parameter) in model.Model.named_parameters().OrderBy(p => p.name, StringComparer.Ordinal))
        {
            using var values = parameter.detach().contiguous();
            hash.AppendData(values.bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
