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
}

/// <summary>Where sequences in one row of N tokens begin and end.</summary>
/// <param name="PositionIds">int64 of shape (1, N): each token's place in its own sequence, from 0.</param>
/// <param name="SequenceIds">int64 of shape (1, N): which sequence each token belongs to, from 0. A token sees its own sequence alone.</param>
/// <param name="LongestLength">The length of the longest sequence: above every position.</param>
public sealed record PackedLayout(Tensor PositionIds, Tensor SequenceIds, int LongestLength)
{
    /// <summary>Gets the length of each token's sequence, int64 of shape (1, N).</summary>
    internal Tensor SequenceLengths => bincount(SequenceIds.view(-1)).index_select(0, SequenceIds.view(-1)).view(1, -1);
}
