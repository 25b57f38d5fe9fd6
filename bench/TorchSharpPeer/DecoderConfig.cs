using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Bench.TorchSharpPeer;

/// <summary>What a model's config.json says.</summary>
internal sealed class DecoderConfig(JsonNode json)
{
    public int Layers { get; } = (int)json["num_hidden_layers"]!;

    public int Heads { get; } = (int)json["num_attention_heads"]!;

    public int KeyValueHeads { get; } = (int)json["num_key_value_heads"]!;

    public int HeadDim { get; } = (int?)json["head_dim"] ?? ((int)json["hidden_size"]! / (int)json["num_attention_heads"]!);

    public double Epsilon { get; } = (double)json["rms_norm_eps"]!;

    public double RotaryBase { get; } = (double)json["rope_theta"]!;

    public bool IsTied { get; } = (bool?)json["tie_word_embeddings"] ?? false;
}
