namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>The names of a layer's experts and of an expert's projections in files.</summary>
/// <param name="Block">The name of the layer's part that has the experts.</param>
/// <param name="Gate">The name of an expert's projection to the gate.</param>
/// <param name="Up">The name of an expert's projection to what the gate multiplies.</param>
/// <param name="Down">The name of an expert's projection back to the hidden states.</param>
public sealed record ExpertNames(string Block, string Gate, string Up, string Down)
{
    /// <summary>Gets Qwen's names.</summary>
    public static ExpertNames Qwen { get; } = new("mlp", "gate_proj", "up_proj", "down_proj");

    /// <summary>Gets Mixtral's names.</summary>
    public static ExpertNames Mixtral { get; } = new("block_sparse_moe", "w1", "w3", "w2");
}
