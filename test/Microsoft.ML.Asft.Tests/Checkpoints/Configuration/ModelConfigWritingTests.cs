using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Configuration;

public sealed class ModelConfigWritingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("llama", "LlamaForCausalLM")]
    [InlineData("mistral", "MistralForCausalLM")]
    [InlineData("qwen2", "Qwen2ForCausalLM")]
    [InlineData("qwen3", "Qwen3ForCausalLM")]
    [InlineData("granite", "GraniteForCausalLM")]
    [InlineData("olmo2", "Olmo2ForCausalLM")]
    [InlineData("phi3", "Phi3ForCausalLM")]
    [InlineData("mixtral", "MixtralForCausalLM")]
    public void A_new_configuration_comes_back_as_it_was_made(string family, string architecture)
    {
        var made = ModelConfig.Create(family, 4096, 192, 512, 6, 6, 2) with
        {
            TieWordEmbeddings = true,
            RopeTheta = 1e6,
            TorchDtype = ScalarType.BFloat16,
            BosTokenId = 1,
            EosTokenIds = [2, 3],
            RopeScaling = new RopeScaling("llama3", 8) { OriginalMaxPositionEmbeddings = 8192 },
        };

        string json = made.ToJson();
        var read = Read(json);

        Assert.Equal(architecture, (string?)JsonNode.Parse(json)!["architectures"]![0]);
        Assert.Equal("silu", (string?)JsonNode.Parse(json)!["hidden_act"]);
        Assert.Equal([2, 3], read.EosTokenIds);
        Assert.Equal(made with { Source = read.Source, EosTokenIds = read.EosTokenIds, MaxWindowLayers = read.MaxWindowLayers }, read);
    }

    [Fact]
    public void Layers_without_rotary_embedding_come_back()
    {
        var made = ModelConfig.Create("smollm3", 100, 64, 128, 8, 4, 2);

        Assert.Equal([true, true, true, false, true, true, true, false], Read(made.ToJson()).RotaryLayers);
        Assert.Equal([false, true], Read((made with { NumHiddenLayers = 2, RotaryLayers = [false, true] }).ToJson()).RotaryLayers);
        Assert.Contains("'no_rope_layers'", Assert.Throws<InvalidDataException>(() => (made with { NumHiddenLayers = 2 }).ToJson()).Message);
    }

    [Fact]
    public void Windows_on_some_layers_come_back()
    {
        var made = ModelConfig.Create("olmo3", 100, 64, 128, 5, 4, 2) with { SlidingWindow = 24 };

        Assert.Equal("11101", string.Concat(Enumerable.Range(0, 5).Select(layer => Read(made.ToJson()).UsesSlidingWindow(layer) ? 1 : 0)));
        Assert.Equal(24, Read(made.ToJson()).SlidingWindow);
        Assert.True(Read(made.ToJson()).PlainRotaryInWindows);
    }

    [Theory]
    [InlineData("gemma2")]
    [InlineData("gemma3_text")]
    public void Gemmas_settings_come_back(string family)
    {
        var made = ModelConfig.Create(family, 100, 64, 128, 4, 4, 2) with { QueryPreAttentionScalar = 20, LogitsSoftCap = 25, RopeTheta = 5e5 };
        made = family == "gemma2" ? made with { AttentionSoftCap = null } : made with { WindowRopeTheta = 2e4 };

        var read = Read(made.ToJson());

        Assert.Equal(made with { LayerTypes = null }, read with { Source = null, EosTokenIds = made.EosTokenIds, LayerTypes = null });
        Assert.Equal(made.LayerTypes, read.LayerTypes);
        var changed = read with { RopeTheta = 7e5, WindowRopeTheta = family == "gemma2" ? null : 3e4 };
        Assert.Equal((7e5, changed.WindowRopeTheta), (Read(changed.ToJson()).RopeTheta, Read(changed.ToJson()).WindowRopeTheta));
    }

    [Fact]
    public void Partial_rotation_and_longrope_come_back()
    {
        var made = ModelConfig.Create("phi3", 100, 64, 128, 2, 4, 2) with
        {
            MaxPositionEmbeddings = 2048,
            PartialRotaryFactor = 0.5,
            RopeScaling = new RopeScaling("longrope", 8) { OriginalMaxPositionEmbeddings = 256, LongRope = new([1, 1, 1.5, 2], [1, 2, 3, 4]) },
        };

        var written = JsonNode.Parse(made.ToJson())!;
        var read = Read(made.ToJson());

        Assert.Equal(made, read with { Source = null, EosTokenIds = made.EosTokenIds });
        Assert.Equal(["type", "short_factor", "long_factor"], written["rope_scaling"]!.AsObject().Select(setting => setting.Key));
        Assert.Equal(256, (int?)written["original_max_position_embeddings"]);
        var changed = read with { RopeScaling = made.RopeScaling! with { Factor = 4, AttentionFactor = 1.25, OriginalMaxPositionEmbeddings = 128 } };
        Assert.Equal(changed.RopeScaling, Read(changed.ToJson()).RopeScaling);
        AssertRefused("partial_rotary_factor", made with { PartialRotaryFactor = 0.2 });
        AssertRefused("rope_scaling.short_factor", made with { PartialRotaryFactor = 1 });
        AssertRefused("rope_scaling", made with { RopeScaling = new RopeScaling("longrope", 8) });

        static void AssertRefused(string key, ModelConfig config) =>
            Assert.Contains($"'{key}'", Assert.Throws<InvalidDataException>(config.ToJson).Message);
    }

    [Fact]
    public void Experts_come_back()
    {
        var experts = new ExpertSettings(6, 3, 24) { NormalizesWeights = false, LayerStep = 2, DenseLayers = [1] };
        var made = ModelConfig.Create("qwen3_moe", 100, 64, 128, 4, 4, 2) with { Experts = experts, SlidingWindow = 24 };

        var read = Read(made.ToJson());

        Assert.Equal(experts, read.Experts! with { DenseLayers = experts.DenseLayers });
        Assert.Equal([1], read.Experts.DenseLayers);
        Assert.Equal(24, read.SlidingWindow);
        var changed = Read((read with { Experts = read.Experts with { DenseLayers = [3], LayerStep = 1 } }).ToJson());
        Assert.Equal("1110", string.Concat(Enumerable.Range(0, 4).Select(layer => changed.UsesExperts(layer) ? 1 : 0)));
    }

    [Fact]
    public void Partial_rotation_stays_when_the_rotary_settings_that_contain_it_change()
    {
        string text = ConfigJson.Of("phi3", ("rope_parameters", """{"rope_type":"default","rope_theta":5e5,"partial_rotary_factor":0.75}"""), ("head_dim", "16"));

        var changed = Read((Read(text) with { RopeTheta = 20_000 }).ToJson());

        Assert.Equal((20_000, 0.75), (changed.RopeTheta, changed.PartialRotaryFactor));
    }

    [Fact]
    public void Multipliers_and_the_scale_of_queries_come_back()
    {
        var granite = ModelConfig.Create("granite", 100, 64, 128, 2, 4, 2) with
        {
            EmbeddingMultiplier = 12,
            AttentionMultiplier = 0.0625,
            ResidualMultiplier = 0.22,
            LogitsScaling = 8,
        };
        var ministral = ModelConfig.Create("ministral3", 100, 64, 128, 2, 4, 2);
        var plain = ministral with { RopeScaling = null, QueryScaling = new QueryScaling(0.2, 32) };

        Assert.Equal(granite, Read(granite.ToJson()) with { Source = null, EosTokenIds = granite.EosTokenIds });
        Assert.Equal(0.25, ModelConfig.Create("granite", 100, 64, 128, 2, 4, 2).AttentionMultiplier);
        Assert.All([ministral, plain], made => Assert.Equal(
            (made.QueryScaling, made.RopeScaling), (Read(made.ToJson()).QueryScaling, Read(made.ToJson()).RopeScaling)));
        Assert.Equal(new RopeScaling("yarn", 16) { OriginalMaxPositionEmbeddings = 16_384, AttentionFactor = 1 }, ministral.RopeScaling);
    }

    [Fact]
    public void Numbers_that_Python_wants_as_floats_are_written_as_such()
    {
        var config = ModelConfig.Create("llama", 100, 64, 128, 2, 4, 4);

        string json = (config with { RopeScaling = new("linear", 2) }).ToJson();

        Assert.Contains("\"rope_theta\": 10000.0", json);
        Assert.Contains("\"factor\": 2.0", json);
        Assert.Contains("\"rms_norm_eps\": 1E-06", json);
    }

    [Fact]
    public void An_unchanged_configuration_is_written_as_it_was_read()
    {
        string text = ConfigJson.Of(
            "qwen2", ("some_new_setting", """{"a":[1,2.50,"x"]}"""), ("transformers_version", "\"5.0.0\""), ("dtype", "\"bfloat16\""),
            ("rope_parameters", """{"rope_type":"yarn","rope_theta":1000000.0,"factor":4.0,"original_max_position_embeddings":1024}"""));

        string written = Read(text).ToJson();

        Assert.Equal(JsonNode.Parse(text)!.ToJsonString(), JsonNode.Parse(written)!.ToJsonString());
    }

    [Fact]
    public void Only_what_was_changed_changes()
    {
        string text = ConfigJson.Of("llama", ("some_new_setting", "7"), ("dtype", "\"bfloat16\""));

        var written = JsonNode.Parse((Read(text) with { TorchDtype = ScalarType.Float32, VocabSize = 1002 }).ToJson())!.AsObject();

        Assert.Equal("float32", (string?)written["dtype"]);
        Assert.Equal(1002, (int?)written["vocab_size"]);
        written["dtype"] = "bfloat16";
        written["vocab_size"] = 1000;
        Assert.Equal(JsonNode.Parse(text)!.ToJsonString(), JsonNode.Parse(text)!.AsObject().Aggregate(new JsonObject(), (json, setting) =>
        {
            json[setting.Key] = written[setting.Key]?.DeepClone();
            return json;
        }).ToJsonString());
        Assert.Equal(JsonNode.Parse(text)!.AsObject().Count, written.Count);
    }

    [Fact]
    public void Changed_rotary_settings_are_written_in_one_place()
    {
        string text = ConfigJson.Of(
            "llama", ("rope_parameters", """{"rope_type":"linear","rope_theta":500000.0,"factor":2.0}"""));
        var config = Read(text);

        var changed = Read((config with { RopeTheta = 20_000, RopeScaling = null }).ToJson());

        Assert.Equal((500_000d, 2d), (config.RopeTheta, config.RopeScaling!.Factor));
        Assert.Equal(20_000, changed.RopeTheta);
        Assert.Null(changed.RopeScaling);
    }

    [Fact]
    public void End_tokens_of_the_generation_configuration_stay_there()
    {
        _folder.Write("generation_config.json", """{"eos_token_id":[3,4]}""");
        var config = Read(ConfigJson.Of("llama", ("eos_token_id", "2")));

        var same = JsonNode.Parse(config.ToJson())!;
        var changed = JsonNode.Parse((config with { EosTokenIds = [9] }).ToJson())!;

        Assert.Equal([3, 4], config.EosTokenIds);
        Assert.Equal(2, (int?)same["eos_token_id"]);
        Assert.Equal(9, (int?)changed["eos_token_id"]);
    }

    [Fact]
    public void A_change_that_makes_no_sense_is_refused_before_it_is_written()
    {
        var config = ModelConfig.Create("qwen2", 100, 64, 128, 2, 4, 2);

        AssertRefused("num_key_value_heads", config with { NumKeyValueHeads = 3 });
        AssertRefused("attention_bias", config with { AttentionBias = false });
        AssertRefused("torch_dtype", config with { TorchDtype = ScalarType.Int8 });
        Assert.Contains("'model_type'", Assert.Throws<NotSupportedException>(() => (config with { ModelType = "gpt2" }).ToJson()).Message);

        static void AssertRefused(string key, ModelConfig config) =>
            Assert.Contains($"'{key}'", Assert.Throws<InvalidDataException>(config.ToJson).Message);
    }

    [Fact]
    public void Sizes_that_do_not_go_together_make_no_configuration()
    {
        var indivisible = Assert.Throws<InvalidDataException>(() => ModelConfig.Create("llama", 100, 64, 128, 2, 3, 3));
        var unknown = Assert.Throws<NotSupportedException>(() => ModelConfig.Create("gpt2", 100, 64, 128, 2, 4, 4));

        Assert.Contains("'num_attention_heads'", indivisible.Message);
        Assert.Contains("'model_type'", unknown.Message);
        Assert.Equal(32, ModelConfig.Create("qwen3", 100, 64, 128, 2, 3, 3, headDim: 32).HeadDim);
    }

    private ModelConfig Read(string config)
    {
        _folder.Write("config.json", config);
        return ModelConfig.Load(_folder.Path);
    }
}
