using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Bench.TorchSharpPeer;

/// <summary>What a PEFT folder's adapter_config.json says.</summary>
internal sealed class AdapterConfig
{
    public AdapterConfig(string folder)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json")))!;
        Scale = (double)json["lora_alpha"]! / (double)json["r"]!;
    }

    /// <summary>Gets the factor of the update.</summary>
    public double Scale { get; }
}
