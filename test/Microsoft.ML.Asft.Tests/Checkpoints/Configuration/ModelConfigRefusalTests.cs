using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Configuration;

/// <summary>Configurations that are refused.</summary>
public sealed class ModelConfigRefusalTests : ConfigFolder
{
    [Theory]
    [InlineData("no_rope_layers", "[1,0,1]")]
    [InlineData("no_rope_layers", "[1,0,1,2]")]
    [InlineData("no_rope_layers", "[true,false,true,true]")]
    [InlineData("no_rope_layer_interval", "0")]
    [InlineData("num_hidden_layers", "-1")]
    [InlineData("num_hidden_layers", "2000000000")]
    public void Rotary_layers_that_make_no_sense_are_refused(string key, string value)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(ConfigJson.Of("smollm3", (key, value))));

        Assert.Contains($"config.json: '{key}'", error.Message);
    }

    [Theory]
    [InlineData("model_type", "\"gemma\"")]
    [InlineData("hidden_act", "\"gelu\"")]
    [InlineData("quantization_config", """{"quant_method":"gptq"}""")]
    [InlineData("final_logit_softcapping", "30.0")]
    [InlineData("attn_logit_softcapping", "50.0")]
    [InlineData("use_bidirectional_attention", "true")]
    [InlineData("num_experts", "8")]
    [InlineData("num_local_experts", "8")]
    [InlineData("partial_rotary_factor", "0.5")]
    [InlineData("attention_dropout", "0.1")]
    [InlineData("use_mrope", "true")]
    [InlineData("torch_dtype", "\"float8_e4m3fn\"")]
    [InlineData("layer_types", """["full_attention","full_attention","full_attention","chunked_attention"]""")]
    [InlineData("rope_scaling", """{"rope_type":"proportional","factor":2.0}""", "rope_scaling.rope_type")]
    [InlineData("rope_scaling", """{"type":"su","factor":2.0}""", "rope_scaling.type")]
    [InlineData("resid_pdrop", "0.1")]
    [InlineData("embd_pdrop", "0.1")]
    [InlineData("output_router_logits", "true")]
    [InlineData("router_jitter_noise", "0.01")]
    [InlineData("rope_scaling", """{"rope_type":"default","partial_rotary_factor":0.25}""", "rope_scaling.partial_rotary_factor")]
    [InlineData("rope_parameters", """{"full_attention":{"rope_theta":1e6}}""", "rope_parameters.full_attention")]
    public void What_is_not_supported_is_refused_by_name(string key, string value, string? name = null)
    {
        var error = Assert.Throws<NotSupportedException>(() => Read(ConfigJson.Of("qwen2", (key, value))));

        Assert.Contains($"config.json: '{name ?? key}'", error.Message);
    }

    [Theory]
    [InlineData("mistral", "attention_bias", "true")]
    [InlineData("qwen2", "mlp_bias", "true")]
    [InlineData("mistral", "layer_types", """["sliding_attention","full_attention","sliding_attention","full_attention"]""")]
    [InlineData("llama", "layer_types", """["sliding_attention","full_attention","sliding_attention","full_attention"]""")]
    [InlineData("smollm3", "layer_types", """["sliding_attention","full_attention","sliding_attention","full_attention"]""")]
    [InlineData("llama", "no_rope_layers", "[1,1,1,0]")]
    [InlineData("qwen3", "no_rope_layer_interval", "4")]
    [InlineData("llama", "embedding_multiplier", "12.0")]
    [InlineData("llama", "attention_multiplier", "0.1")]
    [InlineData("qwen2", "residual_multiplier", "0.2")]
    [InlineData("mistral", "logits_scaling", "8.0")]
    [InlineData("olmo3", "sliding_window", "null")]
    [InlineData("gemma3_text", "attn_logit_softcapping", "50.0")]
    [InlineData("gemma2", "hidden_activation", "\"gelu\"")]
    [InlineData("gemma2", "rope_local_base_freq", "10000.0")]
    [InlineData("llama", "query_pre_attn_scalar", "256")]
    public void What_a_family_does_not_have_is_refused_by_name(string family, string key, string value)
    {
        var error = Assert.Throws<NotSupportedException>(() => Read(ConfigJson.Of(family, (key, value))));

        Assert.Contains($"config.json: '{key}'", error.Message);
    }

    [Theory]
    [InlineData("rope_scaling")]
    [InlineData("rope_parameters")]
    public void Queries_scaled_by_position_are_refused_if_the_family_has_no_such_scale(string section)
    {
        string settings = """{"rope_type":"default","llama_4_scaling_beta":0.1,"original_max_position_embeddings":64}""";

        var error = Assert.Throws<NotSupportedException>(() => Read(ConfigJson.Of("mistral", (section, settings))));

        Assert.Contains($"config.json: '{section}.llama_4_scaling_beta'", error.Message);
        Assert.Equal(new QueryScaling(0.1, 64), Read(ConfigJson.Of("ministral3", (section, settings))).QueryScaling);
    }

    [Theory]
    [InlineData("granite", "logits_scaling", "0")]
    [InlineData("granite", "residual_multiplier", "-0.2")]
    [InlineData("granite", "attention_multiplier", "1e9")]
    [InlineData("gemma2", "attn_logit_softcapping", "-1")]
    [InlineData("gemma2", "query_pre_attn_scalar", "0")]
    [InlineData("gemma3_text", "sliding_window_pattern", "0")]
    [InlineData("qwen3_moe", "num_experts_per_tok", "129")]
    [InlineData("qwen3_moe", "moe_intermediate_size", "0")]
    [InlineData("qwen3_moe", "mlp_only_layers", "[4]")]
    [InlineData("qwen3_moe", "decoder_sparse_step", "0")]
    [InlineData("mixtral", "num_local_experts", "0")]
    [InlineData("mixtral", "num_experts_per_tok", "9")]
    public void Settings_of_families_that_make_no_sense_are_refused(string family, string key, string value) => Assert.Contains(
        $"config.json: '{key}'", Assert.Throws<InvalidDataException>(() => Read(ConfigJson.Of(family, (key, value)))).Message);

    [Theory]
    [InlineData("attention_dropout", "0.0")]
    [InlineData("quantization_config", "null")]
    [InlineData("quantization_config", "{}")]
    [InlineData("num_experts", "0")]
    [InlineData("partial_rotary_factor", "1.0")]
    [InlineData("use_mrope", "false")]
    [InlineData("some_new_setting", "{}")]
    [InlineData("layer_types", """["full_attention","full_attention","full_attention","full_attention"]""")]
    public void What_changes_nothing_is_let_pass(string key, string value) =>
        Assert.Equal("llama", Read(ConfigJson.Of("llama", (key, value))).ModelType);

    [Theory]
    [InlineData("model_type", null)]
    [InlineData("vocab_size", null)]
    [InlineData("vocab_size", "0")]
    [InlineData("vocab_size", "2000000000")]
    [InlineData("vocab_size", "12345678901234567890")]
    [InlineData("vocab_size", "1000.5")]
    [InlineData("vocab_size", "\"many\"")]
    [InlineData("hidden_size", "-64")]
    [InlineData("intermediate_size", "{}")]
    [InlineData("num_hidden_layers", "2147483647")]
    [InlineData("num_attention_heads", "0")]
    [InlineData("num_attention_heads", "7")]
    [InlineData("num_key_value_heads", "3")]
    [InlineData("num_key_value_heads", "16")]
    [InlineData("num_key_value_heads", "0")]
    [InlineData("head_dim", "7")]
    [InlineData("head_dim", "16777216")]
    [InlineData("max_position_embeddings", "0")]
    [InlineData("rms_norm_eps", "-1e-6")]
    [InlineData("rms_norm_eps", "1e999")]
    [InlineData("rope_theta", "0")]
    [InlineData("tie_word_embeddings", "1")]
    [InlineData("eos_token_id", "1000")]
    [InlineData("eos_token_id", "[1,\"2\"]")]
    [InlineData("bos_token_id", "-2")]
    [InlineData("rope_scaling", "4")]
    [InlineData("layer_types", """["full_attention"]""")]
    [InlineData("layer_types", "[1,2,3,4]")]
    [InlineData("hidden_act", "[]")]
    public void Nonsense_is_refused_by_file_and_key(string key, string? value)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(ConfigJson.Of("qwen2", (key, value))));

        Assert.StartsWith(Folder["config.json"], error.Message);
        Assert.Contains($"'{key}'", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"model_type":"llama","model_type":"qwen2"}""")]
    public void A_file_that_is_no_JSON_object_is_refused(string text) =>
        Assert.StartsWith(Folder["config.json"], Assert.Throws<InvalidDataException>(() => Read(text)).Message);

    [Fact]
    public void A_broken_generation_configuration_is_refused_by_its_own_name() => Assert.StartsWith(
        Folder["generation_config.json"],
        Assert.Throws<InvalidDataException>(() => Read(ConfigJson.Of("llama"), """{"eos_token_id":"</s>"}""")).Message);

    [Fact]
    public void A_folder_without_a_configuration_is_refused_by_name() =>
        Assert.Contains("config.json", Assert.Throws<FileNotFoundException>(() => ModelConfig.Load(Folder.Path)).Message);

    [Fact]
    public void Half_a_surrogate_pair_in_a_key_that_no_one_reads_is_refused_at_once_and_not_when_the_model_is_saved()
    {
        string config = ConfigJson.Of("llama", ("note", "\"half\"")).Replace("half", @"\ud800", StringComparison.Ordinal);
        string message = Assert.Throws<InvalidDataException>(() => Read(config)).Message;
        Assert.Contains(ModelConfig.FileName, message, StringComparison.Ordinal);
        Assert.Contains("not valid JSON", message, StringComparison.Ordinal);
    }
}
