using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Cli.Inspection;

/// <summary>Describes a PEFT adapter's folder.</summary>
internal static class AdapterFacts
{
    public static JsonObject Of(string folder)
    {
        var facts = new JsonObject { ["kind"] = "adapter", ["config"] = Config(AdapterConfig.Load(folder)) };
        using var file = SafetensorsFile.Open(Path.Combine(folder, "adapter_model.safetensors"));
        TensorFacts.AddTo(facts, [.. file.Entries.Values]);
        return facts;
    }

    private static JsonObject Config(AdapterConfig config) => new()
    {
        ["r"] = config.R,
        ["lora_alpha"] = config.LoraAlpha,
        ["lora_dropout"] = config.LoraDropout,
        ["target_modules"] = config.TargetPattern is { } pattern ? pattern : new JsonArray([.. config.TargetModules]),
        ["use_rslora"] = config.UseRslora,
        ["use_dora"] = config.UseDora,
        ["base_model_name_or_path"] = config.BaseModelNameOrPath,
    };
}
