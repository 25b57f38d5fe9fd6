using Microsoft.ML.Asft.Modeling.Operators.Attention;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>
/// What the operators of a forward pass with libtorch's own operators share: one that autograd goes back through, or one that decodes.
/// </summary>
/// <param name="Rotary">Rotary tables of these T positions.</param>
/// <param name="FullMask">
/// What is added to the scores of layers without a sliding window, broadcast to (B, Hk, G, T, S); none when every query sees every key.
/// </param>
/// <param name="WindowedMask">The same for layers with one.</param>
/// <param name="Cache">Keys and values of the tokens before; none when there are none.</param>
/// <param name="CacheSlots">Where the cache's layers put new keys, as <see cref="LayerCache.Append"/> has it.</param>
internal sealed record AutogradPass(
    RotaryTables Rotary, Tensor? FullMask, Tensor? WindowedMask, DecoderCache? Cache = null, Tensor? CacheSlots = null)
{
    /// <summary>Gets the tables of layers with a sliding window, where they rotate otherwise; none where all are alike.</summary>
    public RotaryTables? WindowedRotary { get; init; }
}
