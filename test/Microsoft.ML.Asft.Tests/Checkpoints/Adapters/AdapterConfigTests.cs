using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Adapters;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Adapters;

public sealed class AdapterConfigTests : IDisposable
{
    // What PEFT 0.14 saves.
    private const string Published = """
        {
          "alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "Qwen/Qwen2.5-0.5B", "bias": "none",
          "eva_config": null, "exclude_modules": null, "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true,
          "layer_replication": null, "layers_pattern": null, "layers_to_transform": null, "loftq_config": {}, "lora_alpha": 32,
          "lora_bias": false, "lora_dropout": 0.05, "megatron_config": null, "megatron_core": "megatron.core",
          "modules_to_save": null, "peft_type": "LORA", "r": 16, "rank_pattern": {}, "revision": null,
          "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM", "use_dora": false, "use_rslora": false
        }
        """;

    private const string Query = "model.layers.0.self_attn.q_proj";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_published_configuration_is_read_as_PEFT_reads_it()
    {
        var config = Read(Published);

        Assert.Equal((16, 32d, 0.05), (config.R, config.LoraAlpha, config.LoraDropout));
        Assert.Equal(["q_proj", "v_proj"], config.TargetModules);
        Assert.Null(config.TargetPattern);
        Assert.False(config.UseRslora);
        Assert.False(config.UseDora);
        Assert.Equal("Qwen/Qwen2.5-0.5B", config.BaseModelNameOrPath);
        Assert.Equal((16, 32d, 2d), (config.RankOf(Query), config.AlphaOf(Query), config.ScaleOf(Query)));
    }

    [Theory]
    [InlineData("""["q_proj"]""", Query, true)]
    [InlineData("""["self_attn.q_proj"]""", Query, true)]
    [InlineData("""["model.layers.0.self_attn.q_proj"]""", Query, true)]
    [InlineData("""["model.layers.1.self_attn.q_proj"]""", Query, false)]
    [InlineData("""["proj"]""", Query, false)]
    [InlineData("""["lm_head"]""", "lm_head", true)]
    [InlineData("\"all-linear\"", Query, true)]
    [InlineData("\"all-linear\"", "lm_head", false)]
    [InlineData("\"all-linear\"", "model.layers.0.mlp.gate", false)]
    [InlineData("\"all-linear\"", "model.layers.0.mlp.experts.7.gate_proj", true)]
    [InlineData("[\"gate\"]", "model.layers.0.mlp.gate", true)]
    [InlineData("\".*\\\\.(q_proj|v_proj)\"", Query, true)]
    [InlineData("\"q_proj\"", Query, false)]
    [InlineData("\"model\\\\.layers\\\\.\\\\d+\\\\.self_attn\\\\.[qk]_proj\"", Query, true)]
    [InlineData("\"q|model\\\\.layers.*\"", Query, true)]
    [InlineData("\".*q_pro\"", Query, false)]
    public void Targets_are_found_as_PEFT_finds_them(string targets, string module, bool matches) =>
        Assert.Equal(matches, Read(With("target_modules", targets)).Matches(module));

    [Theory]
    [InlineData("""["q_proj"]""", false)]
    [InlineData("""["layers.1.self_attn.q_proj"]""", true)]
    [InlineData("\"model\\\\.layers\\\\.0\\\\..*\"", false)]
    public void Excluded_modules_are_left_alone(string excluded, bool matches) =>
        Assert.Equal(matches, Read(With("exclude_modules", excluded)).Matches(Query));

    [Theory]
    [InlineData("""{"q_proj":4}""", 4)]
    [InlineData("""{"v_proj":4}""", 16)]
    [InlineData("""{"model.layers.0.self_attn.q_proj":4}""", 4)]
    [InlineData("""{"layers.\\d+.self_attn.q_proj":4}""", 4)]
    [InlineData("""{".*q_proj":4,"q_proj":2}""", 4)]
    [InlineData("""{"v_proj":4,"q_proj":2}""", 2)]
    [InlineData("""{"proj":4}""", 16)]
    [InlineData("""{"self_attn":4}""", 16)]
    public void Ranks_are_found_as_PEFT_finds_them(string patterns, int rank) =>
        Assert.Equal(rank, Read(With("rank_pattern", patterns)).RankOf(Query));

    [Fact]
    public void Scale_is_alpha_over_the_rank_or_its_root_with_a_module_s_own_numbers()
    {
        var config = Read(Published) with { RankPattern = [new("q_proj", 4)], AlphaPattern = [new("q_proj", 6)] };

        Assert.Equal(1.5, config.ScaleOf(Query));
        Assert.Equal(3, (config with { UseRslora = true }).ScaleOf(Query));
        Assert.Equal(2, config.ScaleOf("model.layers.0.self_attn.v_proj"));
        Assert.Equal(8, (config with { UseRslora = true }).ScaleOf("model.layers.0.self_attn.v_proj"));
    }

    [Theory]
    [InlineData("peft_type", "\"IA3\"")]
    [InlineData("task_type", "\"SEQ_CLS\"")]
    [InlineData("layer_replication", "[[0,2]]")]
    [InlineData("fan_in_fan_out", "true")]
    [InlineData("lora_bias", "true")]
    [InlineData("init_lora_weights", "\"pissa\"")]
    [InlineData("trainable_token_indices", "[1]")]
    [InlineData("target_parameters", """["experts"]""")]
    public void What_is_not_supported_is_refused_by_name(string key, string value) => Assert.Contains(
        $"adapter_config.json: '{key}'", Assert.Throws<NotSupportedException>(() => Read(With(key, value))).Message);

    [Theory]
    [InlineData("0", null, "model.layers.0.self_attn.q_proj", true)]
    [InlineData("0", null, "model.layers.1.self_attn.q_proj", false)]
    [InlineData("[1,3]", null, "model.layers.3.self_attn.q_proj", true)]
    [InlineData("[1,3]", null, "model.layers.2.self_attn.q_proj", false)]
    [InlineData("[1]", null, "model.layers.11.self_attn.q_proj", false)]
    [InlineData("[]", null, "model.layers.2.self_attn.q_proj", true)]
    [InlineData("null", null, "model.layers.2.self_attn.q_proj", true)]
    [InlineData("[1]", "\"layers\"", "model.layers.1.self_attn.q_proj", true)]
    [InlineData("[1]", """["h","layers"]""", "model.layers.1.self_attn.q_proj", true)]
    [InlineData("[1]", "\"h\"", "model.layers.1.self_attn.q_proj", false)]
    [InlineData("[1]", "\"(?P<part>la.*)\"", "model.layers.1.self_attn.q_proj", true)]
    [InlineData("[1]", "\"\"", "model.layers.1.self_attn.q_proj", true)]
    [InlineData("[1]", null, "transformer.h.1.experts.0.q_proj", true)]
    [InlineData("[0]", null, "transformer.h.1.experts.0.q_proj", false)]
    [InlineData("[1]", null, "q_proj", true)]
    public void Layers_are_chosen_as_PEFT_chooses_them(string layers, string? pattern, string module, bool matches)
    {
        var config = Read(With(("layers_to_transform", layers), ("layers_pattern", pattern ?? "null")));

        Assert.Equal(matches, config.Matches(module));
        config.Save(_folder["again"]);
        Assert.Equal(matches, AdapterConfig.Load(_folder["again"]).Matches(module));
    }

    [Theory]
    [InlineData("layers_to_transform", "[0]", "target_modules", "\".*q_proj\"")]
    [InlineData("layers_to_transform", "[-1]", "r", "8")]
    [InlineData("layers_to_transform", "[1.5]", "r", "8")]
    [InlineData("layers_to_transform", "true", "r", "8")]
    [InlineData("layers_pattern", "\"layers\"", "layers_to_transform", "null")]
    [InlineData("layers_pattern", "\"(\"", "layers_to_transform", "[0]")]
    [InlineData("modules_to_save", """["("]""", "r", "8")]
    [InlineData("bias", "\"some\"", "r", "8")]
    public void Choices_of_layers_that_PEFT_refuses_are_refused(string key, string value, string other, string otherValue) => Assert.Contains(
        $"'{key}'", Assert.Throws<InvalidDataException>(() => Read(With((key, value), (other, otherValue)))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("IA3", "merge_and_unload")]
    [InlineData("LOHA", "merge_and_unload")]
    [InlineData("ADALORA", "merge_and_unload")]
    [InlineData("PREFIX_TUNING", "train a LoRA adapter instead")]
    [InlineData("P_TUNING", "train a LoRA adapter instead")]
    public void Another_type_of_adapter_is_refused_with_what_to_do_instead(string type, string advice)
    {
        string message = Assert.Throws<NotSupportedException>(() => Read(With("peft_type", $"\"{type}\""))).Message;

        Assert.Contains($"'peft_type' is '{type}'", message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Python_s_named_groups_are_understood_and_what_is_not_is_named()
    {
        Assert.True(Read(With("target_modules", "\"model\\\\.layers\\\\.(?P<layer>\\\\d+)\\\\.self_attn\\\\.(?P<what>q|v)_proj\"")).Matches(Query));
        Assert.Equal(4, Read(With("rank_pattern", """{"(?P<what>q|v)_proj":4}""")).RankOf(Query));
        string message = Assert.Throws<InvalidDataException>(() => Read(With("target_modules", "\"(?L)q_proj\""))).Message;
        Assert.Contains("flag L", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_that_are_saved_whole_are_not_adapted()
    {
        var config = Read(With(("modules_to_save", """["self_attn"]"""), ("target_modules", """["q_proj","up_proj"]""")));

        Assert.False(config.Matches(Query));
        Assert.True(config.Matches("model.layers.0.mlp.up_proj"));
    }

    [Fact]
    public void Settings_that_are_not_known_are_kept_in_mind_where_they_say_something()
    {
        Assert.Empty(Read(Published).UnknownSettings);
        Assert.Equal(["use_wonder"], Read(With(("use_wonder", "true"), ("use_nothing", "false"), ("new_config", "null"))).UnknownSettings);
    }

    [Theory]
    [InlineData("peft_type", "null")]
    [InlineData("r", "null")]
    [InlineData("r", "0")]
    [InlineData("r", "8.5")]
    [InlineData("r", "2000000000")]
    [InlineData("lora_alpha", "null")]
    [InlineData("lora_alpha", "0")]
    [InlineData("lora_alpha", "\"16\"")]
    [InlineData("lora_dropout", "1")]
    [InlineData("lora_dropout", "-0.1")]
    [InlineData("target_modules", "null")]
    [InlineData("target_modules", "[]")]
    [InlineData("target_modules", "[1]")]
    [InlineData("target_modules", "\"(q_proj\"")]
    [InlineData("exclude_modules", "\"[\"")]
    [InlineData("rank_pattern", """{"q_proj":0}""")]
    [InlineData("rank_pattern", """{"(":4}""")]
    [InlineData("rank_pattern", "[]")]
    [InlineData("alpha_pattern", """{"q_proj":-1}""")]
    [InlineData("use_rslora", "\"yes\"")]
    public void Nonsense_is_refused_by_file_and_key(string key, string value)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(With(key, value)));

        Assert.StartsWith(_folder["adapter_config.json"], error.Message);
        Assert.Contains($"'{key}", error.Message);
    }

    [Theory]
    [InlineData("bias", "\"lora_only\"")]
    [InlineData("layers_to_transform", "[]")]
    [InlineData("init_lora_weights", "false")]
    [InlineData("init_lora_weights", "\"gaussian\"")]
    [InlineData("task_type", "null")]
    [InlineData("some_new_setting", "{\"a\":1}")]
    [InlineData("modules_to_save", "[]")]
    public void What_changes_nothing_is_let_pass(string key, string value) => Assert.Equal(16, Read(With(key, value)).R);

    [Fact]
    public void A_pattern_that_backtracks_without_end_is_stopped()
    {
        var config = Read(With("target_modules", "\"(a+)+b\""));

        var error = Assert.Throws<InvalidDataException>(() => config.Matches(new string('a', 60)));

        Assert.Contains("'(a+)+b'", error.Message);
    }

    [Fact]
    public void What_is_saved_comes_back_as_it_went()
    {
        var config = new AdapterConfig
        {
            R = 4,
            LoraAlpha = 8.5,
            LoraDropout = 0.1,
            TargetModules = ["q_proj", "o_proj"],
            ExcludePattern = "model\\.layers\\.0\\..*",
            UseRslora = true,
            UseDora = true,
            RankPattern = [new("q_proj", 2)],
            AlphaPattern = [new("o_proj", 3)],
            BaseModelNameOrPath = "some/model",
        };

        config.Save(_folder["new/adapter"]);
        var read = AdapterConfig.Load(_folder["new/adapter"]);

        Assert.Equal(["q_proj", "o_proj"], read.TargetModules);
        Assert.Equal(config.RankPattern, read.RankPattern);
        Assert.Equal(config.AlphaPattern, read.AlphaPattern);
        Assert.Equal(config, read with
        {
            TargetModules = config.TargetModules,
            ExcludeModules = config.ExcludeModules,
            RankPattern = config.RankPattern,
            AlphaPattern = config.AlphaPattern,
            LayersPattern = config.LayersPattern,
            UnknownSettings = config.UnknownSettings,
        });
        Assert.Equal("all-linear", Read((config with { TargetPattern = "all-linear" }).ToJson()).TargetPattern);
    }

    [Fact]
    public void What_is_saved_is_what_PEFT_and_the_official_trainer_expect()
    {
        var json = JsonNode.Parse(new AdapterConfig { R = 8, LoraAlpha = 16, TargetModules = ["q_proj"] }.ToJson())!.AsObject();

        Assert.Equal("LORA", (string?)json["peft_type"]);
        Assert.Equal("CAUSAL_LM", (string?)json["task_type"]);
        Assert.Equal("none", (string?)json["bias"]);
        Assert.Equal("16", json["lora_alpha"]!.ToJsonString());
        Assert.Equal("""["q_proj"]""", json["target_modules"]!.ToJsonString());
        Assert.Equal("{}", json["rank_pattern"]!.ToJsonString());
    }

    [Fact]
    public void A_configuration_that_makes_no_sense_is_not_saved()
    {
        Assert.Contains("'target_modules'", Assert.Throws<InvalidDataException>(() => new AdapterConfig().Save(_folder.Path)).Message);
        Assert.Empty(_folder.Files);
    }

    private static string With(string key, string value) => With((key, value));

    private static string With(params (string Key, string Value)[] settings)
    {
        var json = JsonNode.Parse(Published)!.AsObject();
        foreach (var (key, value) in settings)
        {
            json[key] = JsonNode.Parse(value);
        }

        return json.ToJsonString();
    }

    private AdapterConfig Read(string text)
    {
        _folder.Write("adapter_config.json", text);
        return AdapterConfig.Load(_folder.Path);
    }
}
