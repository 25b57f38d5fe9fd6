namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>Hugging Face's names of the experts in a layer. The weight of an expert's projection is <c>{Block}.experts.{number}.{projection}.weight</c>.</summary>
/// <param name="Block">The layer's module that has the router, <c>{Block}.gate</c>, and the experts.</param>
/// <param name="Gate">An expert's gate projection.</param>
/// <param name="Up">An expert's up projection, whose result is multiplied by the activated gate.</param>
/// <param name="Down">An expert's down projection, back to the hidden states.</param>
public sealed record ExpertNames(string Block, string Gate, string Up, string Down)
{
    /// <summary>Gets Qwen's names.</summary>
    public static ExpertNames Qwen { get; } = new("mlp", "gate_proj", "up_proj", "down_proj");

    /// <summary>Gets Mixtral's names.</summary>
    public static ExpertNames Mixtral { get; } = new("block_sparse_moe", "w1", "w3", "w2");
}
