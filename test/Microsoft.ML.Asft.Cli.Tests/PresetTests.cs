using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>The models that <c>asft init --preset</c> makes.</summary>
public sealed class PresetTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData("qwen3-0.6b", "qwen3", "max_position_embeddings", 40_960)]
    [InlineData("gemma-3-1b", "gemma3_text", "sliding_window", 512)]
    [InlineData("olmo-2-1b", "olmo2", "rope_theta", 500_000)]
    [InlineData("granite-3.3-2b", "granite", "logits_scaling", 8)]
    [InlineData("phi-4-mini", "phi3", "partial_rotary_factor", 0.75)]
    public async Task A_preset_has_its_models_family_and_settings(string preset, string family, string key, double value)
    {
        string folder = tiny.At($"preset-{preset}");
        await ToolRun.Done(
            "init", "--preset", preset, "--hidden-size", "32", "--layers", "1", "--heads", "4", "--kv-heads", "2", "--head-dim", "8", "--intermediate-size", "48",
            "--tokenizer", tiny.Tokenizer, "--output", folder);

        var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json"))).RootElement;
        Assert.Equal(family, config.GetProperty("model_type").GetString());
        Assert.Equal(value, config.GetProperty(key).GetDouble());
    }

    [Fact]
    public async Task A_preset_of_another_family_gives_its_sizes_alone()
    {
        await ToolRun.Done("init", "--preset", "tiny", "--arch", "llama", "--layers", "1", "--tokenizer", tiny.Tokenizer, "--output", tiny.At("other"));

        var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(tiny.At("other"), "config.json"))).RootElement;
        Assert.Equal(("llama", 64), (config.GetProperty("model_type").GetString(), config.GetProperty("hidden_size").GetInt32()));
    }
}
