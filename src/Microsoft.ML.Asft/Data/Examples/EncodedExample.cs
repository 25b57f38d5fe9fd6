using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Microsoft.ML.Asft.Data.Examples;

/// <summary>A demonstration as training sees it.</summary>
/// <param name="inputIds">Token ids of prompt and response.</param>
/// <param name="labels">
/// For each token the id to learn, or <see cref="IgnoreIndex"/>. As in Hugging Face's data, <c>labels[i]</c> is the label of
/// token i itself; the shift by one happens in training.
/// </param>
public sealed class EncodedExample(int[] inputIds, int[] labels)
{
    /// <summary>The label of a token that is not trained on.</summary>
    public const int IgnoreIndex = -100;

    /// <summary>Gets the token ids.</summary>
    public int[] InputIds { get; } = inputIds;

    /// <summary>Gets the labels, as many as there are tokens.</summary>
    public int[] Labels { get; } = labels.Length == inputIds.Length ? labels : throw new ArgumentException(
        $"There are {inputIds.Length} tokens and {labels.Length} labels; each token needs one.", nameof(labels));

    /// <summary>Gets the weight of its tokens in the loss; 1 is the normal weight.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Gets warnings about what the template does with the row.</summary>
    internal IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>Gets the index of its row in the data, from 0, for messages.</summary>
    internal long Row { get; init; }

    /// <summary>The SHA-256 of examples in order, in hexadecimal digits.</summary>
    internal static string HashOf(IEnumerable<EncodedExample> examples)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var example in examples)
        {
            hash.AppendData(BitConverter.GetBytes(example.InputIds.Length));
            hash.AppendData(BitConverter.GetBytes(example.Weight));
            hash.AppendData(MemoryMarshal.AsBytes<int>(example.InputIds));
            hash.AppendData(MemoryMarshal.AsBytes<int>(example.Labels));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
