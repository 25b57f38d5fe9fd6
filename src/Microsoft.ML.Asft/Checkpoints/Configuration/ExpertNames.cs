namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>What files call a layer's experts and an expert's projections.</summary>
internal sealed record ExpertNames(string Block, string Gate, string Up, string Down)
{
    /// <summary>Gets the names that Qwen has.</summary>
    public static ExpertNames Qwen { get; } = new("mlp", "gate_proj", "up_proj", "down_proj");

    /// <summary>Gets the names that Mixtral has.</summary>
    public static ExpertNames Mixtral { get; } = new("block_sparse_moe", "w1", "w3", "w2");
}
