using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Tests.Support;

/// <summary>An adapter whose random weights change what the model computes.</summary>
internal static class RandomAdapter
{
    /// <summary>LoRA on every projection.</summary>
    public static readonly AdapterConfig Plain = new()
    {
        R = 4, LoraAlpha = 12, TargetModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    };

    /// <summary>Writes a random base model to <c>model</c>, and a random adapter for it.</summary>
    /// <returns>The adapter's folder.</returns>
    public static string Write(string folder, string family, AdapterConfig config)
    {
        using var scope = NewDisposeScope();
        using var generator = new TorchSharp.torch.Generator(17);
        var model = RandomModel.Create(RandomModel.Configure(family)).Save(Path.Combine(folder, "model"));
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, weight) in model.Weights)
        {
            string module = name[..name.LastIndexOf('.')];
            if (name.EndsWith(".weight", StringComparison.Ordinal) && config.Matches(module))
            {
                int rank = config.RankOf(module);
                tensors[$"base_model.model.{module}.lora_A.weight"] = empty(rank, weight.shape[1]).normal_(0, 0.1, generator);
                tensors[$"base_model.model.{module}.lora_B.weight"] = empty(weight.shape[0], rank).normal_(0, 0.1, generator);
                if (config.UseDora)
                {
                    tensors[$"base_model.model.{module}.lora_magnitude_vector"] = empty(weight.shape[0]).uniform_(1, 2, generator);
                }
            }
        }

        string adapter = Path.Combine(folder, "adapter");
        config.Save(adapter);
        SafetensorsWriter.Write(Path.Combine(adapter, "adapter_model.safetensors"), tensors);
        return adapter;
    }
}
