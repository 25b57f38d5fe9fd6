using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>
/// The keys that each query sees. Fused attention needs no tensor for the plain causal case, which is that of every batch padded on the right, so
/// that the tensor is made only when it is asked for.
/// </summary>
internal sealed class AttentionMask
{
    private readonly Func<Tensor> _added;

    private AttentionMask(Func<Tensor> added, bool isCausal) => (_added, IsCausal) = (added, isCausal);

    /// <summary>Gets whether query i sees exactly the keys up to i, in every sequence.</summary>
    public bool IsCausal { get; }

    /// <summary>Gets the tensor that is added to scores, broadcast to (B, H, T, S): zero for a key that the query sees, and very low otherwise.</summary>
    public Tensor Added => _added();

    /// <summary>A mask of any kind.</summary>
    public static AttentionMask Of(Tensor added) => new(() => added, isCausal: false);

    /// <summary>The causal mask.</summary>
    /// <param name="added">Creates the tensor.</param>
    public static AttentionMask Causal(Func<Tensor> added) => new(added, isCausal: true);
}
