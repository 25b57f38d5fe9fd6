using System.Security.Cryptography;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Fingerprints;

/// <summary>Hashes the numbers of a tensor.</summary>
internal static class TensorHash
{
    // TorchSharp gives access to a tensor's memory through spans, which hold at most 2 GB. An embedding can be larger.
    private const long PieceLength = 1 << 24;

    /// <summary>Appends a tensor's numbers, row by row.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="tensor">The tensor, on any device.</param>
    /// <param name="format">The format that the numbers are hashed in; <see langword="null"/> for the tensor's own.</param>
    /// <param name="pieceLength">The number of elements that are hashed at once.</param>
    public static void AppendTensor(this IncrementalHash hash, Tensor tensor, ScalarType? format = null, long pieceLength = PieceLength)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var flat = tensor.detach().contiguous().view(-1);
        for (long start = 0, count = flat.NumberOfElements; start < count; start += pieceLength)
        {
            using var piece = NewDisposeScope();
            hash.AppendData(flat.narrow(0, start, Math.Min(pieceLength, count - start)).to_type(format ?? flat.dtype).cpu().bytes);
        }
    }
}
