using Microsoft.ML.Asft.Modeling.Operators.Attention;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>
/// The data that the layers of a forward pass with libtorch's operators share. The pass is one under autograd or one of decoding.
/// </summary>
/// <param name="Rotary">The rotary tables of the T positions.</param>
/// <param name="FullMask">The keys that queries see in layers without a sliding window; <see langword="null"/> for all.</param>
/// <param name="WindowedMask">The same for layers with a sliding window.</param>
/// <param name="Cache">The keys and values of the tokens so far; <see langword="null"/> without a cache.</param>
/// <param name="CacheSlots">The slots for new keys and values, as described at <see cref="LayerCache.Append"/>.</param>
internal sealed record AutogradPass(
    RotaryTables Rotary, AttentionMask? FullMask, AttentionMask? WindowedMask, DecoderCache? Cache = null, Tensor? CacheSlots = null)
{
    /// <summary>Gets the rotary tables of layers with a sliding window; <see langword="null"/> if they are the same as those of the other layers.</summary>
    public RotaryTables? WindowedRotary { get; init; }
}
