using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.Asft.Checkpoints.Fingerprints;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Fingerprints;

public class TensorHashTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(100)]
    public void Pieces_give_the_hash_of_the_whole(long pieceLength)
    {
        float[] numbers = [.. Enumerable.Range(0, 12).Select(i => i / 4f)];
        using var columns = tensor(numbers).view(3, 4).t();          // its rows do not follow each other in memory
        using var bfloat16 = columns.to_type(ScalarType.BFloat16);   // quarters are exact in it
        byte[] expected = SHA256.HashData(MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, 12).Select(i => numbers[(i % 3 * 4) + (i / 3)])]));

        Assert.Equal(expected, Of(columns, null));
        Assert.Equal(expected, Of(bfloat16, ScalarType.Float32));

        byte[] Of(Tensor values, ScalarType? format)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendTensor(values, format, pieceLength);
            return hash.GetHashAndReset();
        }
    }
}
