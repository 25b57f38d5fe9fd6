using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Fingerprints;

/// <summary>Identifies a model in memory, so that saved results can say which model they are of.</summary>
public static class ModelFingerprint
{
    /// <summary>Computes the SHA-256 of the files of the model's folder and of its trained parameters.</summary>
    /// <param name="model">The model.</param>
    /// <returns>64 hexadecimal digits in lower case.</returns>
    public static string Of(AsftTransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Use(loaded =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Encoding.UTF8.GetBytes(loaded.Fingerprint ?? "made in code"));
            var trained = loaded.Adapters?.Parameters.Select(p => (p.Name, (Tensor)p.Parameter))
                ?? (loaded.IsTrainedInFull || loaded.Fingerprint is null ? loaded.Model.named_parameters()
                    .Select(p => (p.name, (Tensor)p.parameter)) : []);
            foreach (var (name, parameter) in trained)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(name));
                hash.AppendTensor(parameter, ScalarType.Float32);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        });
    }
}
