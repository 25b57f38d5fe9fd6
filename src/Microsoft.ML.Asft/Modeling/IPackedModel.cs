using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// A <see cref="CausalLanguageModel"/> that can run sequences packed end to end in one row, without padding (<see cref="BatchOptions.Packing"/>).
/// </summary>
public interface IPackedModel
{
    /// <summary>Computes the hidden states that the head reads. The result for each sequence is the same as without the others.</summary>
    /// <param name="inputIds">Token ids, int64 of shape (1, N).</param>
    /// <param name="layout">The layout of the sequences.</param>
    /// <returns>Hidden states of shape (1, N, H).</returns>
    Tensor ForwardPacked(Tensor inputIds, PackedLayout layout);

    /// <summary>
    /// Whether sequences may be padded at their ends to the length of the longest. If not, they are packed in training. That is so for a model
    /// whose positions depend on the length of the whole sequence, such as one with <c>longrope</c>.
    /// </summary>
    /// <param name="lengths">The lengths of the sequences, at least one.</param>
    /// <returns><see langword="true"/>, unless the model overrides it.</returns>
    bool AllowsPadding(IReadOnlyCollection<int> lengths) => true;
}

/// <summary>The layout of packed sequences in one row of N tokens.</summary>
/// <param name="PositionIds">The position of each token in its sequence, from 0: int64 of shape (1, N).</param>
/// <param name="SequenceIds">The sequence of each token, from 0: int64 of shape (1, N). A token sees only its own sequence.</param>
/// <param name="LongestLength">The length of the longest sequence. Every position is below it.</param>
public sealed record PackedLayout(Tensor PositionIds, Tensor SequenceIds, int LongestLength)
{
    /// <summary>Gets the length of each token's sequence, int64 of shape (1, N).</summary>
    internal Tensor SequenceLengths => bincount(SequenceIds.view(-1)).index_select(0, SequenceIds.view(-1)).view(1, -1);
}
