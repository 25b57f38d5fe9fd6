namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>The names of a layer's experts and of an expert's projections in files.</summary>
internal sealed record ExpertNames(string Block, string Gate, string Up, string Down)
{
    /// <summary>Gets Qwen's names.</summary>
    public static ExpertNames Qwen { get; } = new("mlp", "gate_proj", "up_proj", "down_proj");

    /// <summary>Gets Mixtral's names.</summary>
    public static ExpertNames Mixtral { get; } = new("block_sparse_moe", "w1", "w3", "w2");
}
