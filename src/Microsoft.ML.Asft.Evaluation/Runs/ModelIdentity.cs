using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>Identifies a model in memory: its folder's fingerprint and its trained parameters.</summary>
internal static class ModelIdentity
{
    public static string Of(LoadedModel loaded)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(loaded.Fingerprint ?? "made in code"));
        var trained = loaded.Adapters?.Parameters.Select(p => (p.Name, (Tensor)p.Parameter))
            ?? (loaded.IsTrainedInFull || loaded.Fingerprint is null ? loaded.Model.named_parameters()
                .Select(p => (p.name, (Tensor)p.parameter)) : []);
        foreach (var (name, parameter) in trained)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(MemoryMarshal.AsBytes<float>(
                parameter.detach().to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
