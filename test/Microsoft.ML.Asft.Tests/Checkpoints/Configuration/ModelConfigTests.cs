using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Configuration;

public sealed class ModelConfigTests : ConfigFolder
{
    // Qwen/Qwen2.5-0.5B as it is published.
    private const string PublishedQwen = """
        {
          "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151643,
          "hidden_act": "silu", "hidden_size": 896, "initializer_range": 0.02, "intermediate_size": 4864,
          "max_position_embeddings": 32768, "max_window_layers": 24, "model_type": "qwen2", "num_attention_heads": 14,
          "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
          "sliding_window": 32768, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.40.1",
          "use_cache": true, "use_mrope": false, "use_sliding_window": false, "vocab_size": 151936
        }
        """;

    [Fact]
    public void A_published_configuration_is_read_as_transformers_reads_it()
    {
        var config = Read(PublishedQwen);

        Assert.Equal("qwen2", config.ModelType);
        Assert.Equal((151936, 896, 4864, 24), (config.VocabSize, config.HiddenSize, config.IntermediateSize, config.NumHiddenLayers));
        Assert.Equal((14, 2, 64), (config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim));
        Assert.Equal((1e-6, 1e6), (config.RmsNormEps, config.RopeTheta));
        Assert.True(config.TieWordEmbeddings);
        Assert.True(config.AttentionBias);
        Assert.False(config.OutputProjectionBias);
        Assert.False(config.MlpBias);
        Assert.False(config.QueryKeyNorm);
        Assert.Null(config.RopeScaling);
        Assert.Null(config.SlidingWindow);
        Assert.Equal(32768, config.MaxPositionEmbeddings);
        Assert.Equal(151643, config.BosTokenId);
        Assert.Equal([151643], config.EosTokenIds);
        Assert.Null(config.PadTokenId);
        Assert.Equal(ScalarType.BFloat16, config.TorchDtype);
    }

    [Fact]
    public void What_is_not_given_is_as_in_transformers()
    {
        var llama = Read(ConfigJson.Of("llama", ("num_key_value_heads", null), ("max_position_embeddings", null)));
        var mistral = Read(ConfigJson.Of("mistral", ("max_position_embeddings", null)));
        var qwen3 = Read(ConfigJson.Of("qwen3", ("max_position_embeddings", null)));

        Assert.Equal((8, 8, 2048), (llama.NumKeyValueHeads, llama.HeadDim, llama.MaxPositionEmbeddings));
        Assert.Equal((10_000d, 1e-6), (llama.RopeTheta, llama.RmsNormEps));
        Assert.False(llama.TieWordEmbeddings);
        Assert.Equal(ScalarType.Float32, llama.TorchDtype);
        Assert.Equal((131_072, 4096), (mistral.MaxPositionEmbeddings, mistral.SlidingWindow));
        Assert.Equal((32_768, 128), (qwen3.MaxPositionEmbeddings, qwen3.HeadDim));
        var smol = Read(ConfigJson.Of("smollm3", ("max_position_embeddings", null)));
        Assert.Equal((32_768, 2e6, true), (smol.MaxPositionEmbeddings, smol.RopeTheta, smol.TieWordEmbeddings));
        Assert.Empty(qwen3.EosTokenIds);
        var granite = Read(ConfigJson.Of("granite", ("max_position_embeddings", null)));
        Assert.Equal((1d, 1d, 1d, 1d, 2048), (granite.EmbeddingMultiplier, granite.AttentionMultiplier, granite.ResidualMultiplier, granite.LogitsScaling, granite.MaxPositionEmbeddings));
        var ministral = Read(ConfigJson.Of("ministral3", ("max_position_embeddings", null)));
        Assert.Equal((128, 1e-5, 1e6, 262_144), (ministral.HeadDim, ministral.RmsNormEps, ministral.RopeTheta, ministral.MaxPositionEmbeddings));
        Assert.Null(ministral.SlidingWindow);
        Assert.Null(ministral.QueryScaling);
        var olmo2 = Read(ConfigJson.Of("olmo2", ("max_position_embeddings", null)));
        Assert.Equal((1e-5, 1e4, 2048), (olmo2.RmsNormEps, olmo2.RopeTheta, olmo2.MaxPositionEmbeddings));
        Assert.True(olmo2.NormalizesWholeProjection);
        var gemma2 = Read(ConfigJson.Of("gemma2", ("num_attention_heads", null), ("num_key_value_heads", null), ("max_position_embeddings", null)));
        Assert.Equal((8, 4, 256, 8192), (gemma2.NumAttentionHeads, gemma2.NumKeyValueHeads, gemma2.HeadDim, gemma2.MaxPositionEmbeddings));
        Assert.Equal((256d, 50d, 30d, 4096, true), (gemma2.QueryPreAttentionScalar, gemma2.AttentionSoftCap, gemma2.LogitsSoftCap, gemma2.SlidingWindow, gemma2.TieWordEmbeddings));
        Assert.Null(Read(ConfigJson.Of("gemma2", ("final_logit_softcapping", "null"))).LogitsSoftCap);
        var gemma3 = Read(ConfigJson.Of("gemma3_text", ("vocab_size", null)));
        Assert.Equal((262_208, 1e6, 1e4, 256d), (gemma3.VocabSize, gemma3.RopeTheta, gemma3.WindowRopeTheta, gemma3.QueryPreAttentionScalar));
        Assert.Null(gemma3.LogitsSoftCap);
        var phi3 = Read(ConfigJson.Of("phi3", ("max_position_embeddings", null), ("num_key_value_heads", null)));
        Assert.Equal((1e-5, 1e4, 4096, 8, 1d), (phi3.RmsNormEps, phi3.RopeTheta, phi3.MaxPositionEmbeddings, phi3.NumKeyValueHeads, phi3.PartialRotaryFactor));
        Assert.Equal((null, false), (phi3.SlidingWindow, phi3.TieWordEmbeddings));
        var qwenExperts = Read(ConfigJson.Of("qwen3_moe", ("max_position_embeddings", null), ("num_key_value_heads", null)));
        Assert.Equal((32_768, 4, 8), (qwenExperts.MaxPositionEmbeddings, qwenExperts.NumKeyValueHeads, qwenExperts.HeadDim));
        Assert.Equal((128, 8, 768, false), (qwenExperts.Experts!.Count, qwenExperts.Experts.PerToken, qwenExperts.Experts.IntermediateSize, qwenExperts.Experts.NormalizesWeights));
        var mixtral = Read(ConfigJson.Of("mixtral", ("max_position_embeddings", null)));
        Assert.Equal((1e-5, 1e6, 131_072), (mixtral.RmsNormEps, mixtral.RopeTheta, mixtral.MaxPositionEmbeddings));
        Assert.Equal((8, 2, 176, true), (mixtral.Experts!.Count, mixtral.Experts.PerToken, mixtral.Experts.IntermediateSize, mixtral.Experts.NormalizesWeights));
        var olmo3 = Read(ConfigJson.Of("olmo3", ("max_position_embeddings", null)));
        Assert.Equal((1e-5, 5e5, 65_536, 4096), (olmo3.RmsNormEps, olmo3.RopeTheta, olmo3.MaxPositionEmbeddings, olmo3.SlidingWindow));
    }

    [Theory]
    [InlineData("num_experts", "num_local_experts")]
    [InlineData("num_local_experts", "num_experts")]
    public void The_number_of_experts_of_Qwen_has_a_second_name_in_files_of_transformers_5(string key, string other) =>
        Assert.Equal(16, Read(ConfigJson.Of("qwen3_moe", (key, "16"), (other, null))).Experts!.Count);

    [Theory]
    [InlineData("llama", 64, 64)]
    [InlineData("mistral", 64, 8)]
    [InlineData("qwen2", 64, 32)]
    [InlineData("qwen3", 64, 32)]
    [InlineData("smollm3", 64, 4)]
    public void Key_value_heads_that_are_not_given_are_the_familys_and_null_are_the_query_heads(string family, int heads, int missing)
    {
        int Read(string? value) => this.Read(ConfigJson.Of(
            family, ("hidden_size", "128"), ("num_attention_heads", $"{heads}"), ("num_key_value_heads", value))).NumKeyValueHeads;

        Assert.Equal((missing, heads, 16), (Read(null), Read("null"), Read("16")));
    }

    [Theory]
    [InlineData("llama", false, false, false, false, false)]
    [InlineData("llama", true, true, true, true, false)]
    [InlineData("mistral", false, false, false, false, false)]
    [InlineData("qwen2", false, true, false, false, false)]
    [InlineData("qwen3", false, false, false, false, true)]
    [InlineData("qwen3", true, true, true, false, true)]
    public void Biases_and_norms_are_those_of_the_family(string family, bool asked, bool queryKeyValue, bool output, bool mlp, bool norm)
    {
        string flag = asked ? "true" : "false";

        var config = Read(ConfigJson.Of(family, ("attention_bias", flag), ("mlp_bias", family == "llama" ? flag : null)));

        Assert.Equal(
            (queryKeyValue, output, mlp, norm),
            (config.AttentionBias, config.OutputProjectionBias, config.MlpBias, config.QueryKeyNorm));
    }

    [Theory]
    [InlineData("mistral", """{"sliding_window":16}""", "1111")]
    [InlineData("mistral", """{"sliding_window":null}""", "0000")]
    [InlineData("mistral", "{}", "1111")]
    [InlineData("llama", """{"sliding_window":16}""", "0000")]
    [InlineData("qwen2", """{"sliding_window":16,"max_window_layers":1}""", "0000")]
    [InlineData("qwen2", """{"sliding_window":16,"max_window_layers":1,"use_sliding_window":false}""", "0000")]
    [InlineData("qwen2", """{"sliding_window":16,"max_window_layers":1,"use_sliding_window":true}""", "0111")]
    [InlineData("qwen2", """{"sliding_window":16,"use_sliding_window":true}""", "0000")]
    [InlineData("qwen3", """{"max_window_layers":3,"use_sliding_window":true}""", "0001")]
    [InlineData("qwen3", """
        {"use_sliding_window":true,"layer_types":["full_attention","sliding_attention","full_attention","sliding_attention"]}
        """, "0101")]
    [InlineData("smollm3", """{"use_sliding_window":true,"sliding_window":16}""", "0001")]
    [InlineData("phi3", """{"sliding_window":16}""", "1111")]
    [InlineData("qwen3_moe", """{"sliding_window":16,"max_window_layers":2}""", "0000")]
    [InlineData("qwen3_moe", """{"sliding_window":16,"max_window_layers":2,"use_sliding_window":true}""", "1111")]
    [InlineData("qwen3_moe", """{"use_sliding_window":true}""", "1111")]
    [InlineData("qwen3_moe", """{"sliding_window":null,"use_sliding_window":true}""", "0000")]
    [InlineData("mixtral", """{"sliding_window":16}""", "1111")]
    [InlineData("mixtral", "{}", "0000")]
    [InlineData("phi3", "{}", "0000")]
    [InlineData("olmo2", """{"sliding_window":16}""", "0000")]
    [InlineData("olmo3", "{}", "1110")]
    [InlineData("gemma2", "{}", "1010")]
    [InlineData("gemma3_text", "{}", "1111")]
    [InlineData("gemma3_text", """{"sliding_window_pattern":2}""", "1010")]
    [InlineData("olmo3", """{"layer_types":["full_attention","sliding_attention","full_attention","sliding_attention"]}""", "0101")]
    [InlineData("olmo3", """{"sliding_window":null,"layer_types":["full_attention","full_attention","full_attention","full_attention"]}""", "0000")]
    [InlineData("smollm3", """{"use_sliding_window":true,"sliding_window":16,"no_rope_layers":[0,1,0,1]}""", "1010")]
    [InlineData("smollm3", """{"use_sliding_window":true,"sliding_window":null}""", "0000")]
    [InlineData("smollm3", """{"sliding_window":16,"max_window_layers":1}""", "0000")]
    [InlineData("smollm3", """
        {"use_sliding_window":true,"sliding_window":16,"layer_types":["full_attention","sliding_attention","full_attention","sliding_attention"]}
        """, "0101")]
    public void Each_layer_sees_as_far_as_the_file_says(string family, string settings, string windows)
    {
        var changes = JsonNode.Parse(settings)!.AsObject().Select(setting => (setting.Key, setting.Value?.ToJsonString() ?? "null"));

        var config = Read(ConfigJson.Of(family, [.. changes]));

        Assert.Equal(windows, string.Concat(Enumerable.Range(0, 4).Select(layer => config.UsesSlidingWindow(layer) ? '1' : '0')));
        Assert.Throws<ArgumentOutOfRangeException>(() => config.UsesSlidingWindow(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => config.UsesSlidingWindow(-1));
    }

    [Theory]
    [InlineData("llama", "{}", "0000")]
    [InlineData("mixtral", "{}", "1111")]
    [InlineData("qwen3_moe", "{}", "1111")]
    [InlineData("qwen3_moe", """{"decoder_sparse_step":2}""", "0101")]
    [InlineData("qwen3_moe", """{"mlp_only_layers":[0,3]}""", "0110")]
    [InlineData("qwen3_moe", """{"mlp_only_layers":[1],"decoder_sparse_step":2}""", "0001")]
    public void Each_layer_has_experts_or_one_block_as_the_file_says(string family, string settings, string experts)
    {
        var changes = JsonNode.Parse(settings)!.AsObject().Select(setting => (setting.Key, setting.Value?.ToJsonString() ?? "null"));

        var config = Read(ConfigJson.Of(family, [.. changes]));

        Assert.Equal(experts, string.Concat(Enumerable.Range(0, 4).Select(layer => config.UsesExperts(layer) ? '1' : '0')));
        Assert.Throws<ArgumentOutOfRangeException>(() => config.UsesExperts(4));
    }

    [Theory]
    [InlineData("llama", "{}", "1111")]
    [InlineData("smollm3", "{}", "1110")]
    [InlineData("smollm3", """{"no_rope_layers":null,"no_rope_layer_interval":2}""", "1010")]
    [InlineData("smollm3", """{"no_rope_layers":[0,1,1,0],"no_rope_layer_interval":4}""", "0110")]
    [InlineData("smollm3", """{"no_rope_layers":[1,0,1,0,1,1]}""", "1010")]
    public void Each_layer_rotates_as_the_file_says(string family, string settings, string rotary)
    {
        var changes = JsonNode.Parse(settings)!.AsObject().Select(setting => (setting.Key, setting.Value?.ToJsonString() ?? "null"));

        var config = Read(ConfigJson.Of(family, [.. changes]));

        Assert.Equal(rotary, string.Concat(Enumerable.Range(0, 4).Select(layer => config.UsesRotaryEmbedding(layer) ? '1' : '0')));
        Assert.Throws<ArgumentOutOfRangeException>(() => config.UsesRotaryEmbedding(4));
    }

    [Fact]
    public void End_tokens_of_the_generation_configuration_come_first()
    {
        string config = ConfigJson.Of("llama", ("eos_token_id", "2"));

        Assert.Equal([2], Read(config).EosTokenIds);
        Assert.Equal([3, 4], Read(config, """{"eos_token_id":[3,4]}""").EosTokenIds);
        Assert.Equal([5], Read(config, """{"eos_token_id":5}""").EosTokenIds);
        Assert.Equal([2], Read(config, """{"eos_token_id":null,"temperature":0.7}""").EosTokenIds);
        Assert.Equal([6, 7], Read(ConfigJson.Of("llama", ("eos_token_id", "[6,7]"))).EosTokenIds);
    }

    [Fact]
    public void A_padding_token_of_minus_one_is_none() => Assert.Null(Read(ConfigJson.Of("llama", ("pad_token_id", "-1"))).PadTokenId);

    [Theory]
    [InlineData("torch_dtype", "\"bfloat16\"", ScalarType.BFloat16)]
    [InlineData("torch_dtype", "\"torch.float16\"", ScalarType.Float16)]
    [InlineData("dtype", "\"bfloat16\"", ScalarType.BFloat16)]
    [InlineData("torch_dtype", "null", ScalarType.Float32)]
    public void The_number_format_has_two_names(string key, string value, ScalarType dtype) =>
        Assert.Equal(dtype, Read(ConfigJson.Of("llama", (key, value))).TorchDtype);

    [Fact]
    public void Rotary_settings_by_kind_of_layer_are_read_where_layers_with_a_window_rotate_plainly()
    {
        string Of(string sliding) => ConfigJson.Of("olmo3", ("rope_parameters", $$$"""
            {"full_attention":{"rope_type":"yarn","rope_theta":5e5,"factor":8.0,"original_max_position_embeddings":512},"sliding_attention":{{{sliding}}}}
            """));

        var config = Read(Of("""{"rope_type":"default","rope_theta":5e5}"""));
        Assert.Equal((5e5, "yarn", 8d), (config.RopeTheta, config.RopeScaling!.RopeType, config.RopeScaling.Factor));
        Assert.True(config.PlainRotaryInWindows);
        foreach (string other in new[] { """{"rope_type":"yarn","rope_theta":5e5}""", """{"rope_type":"default","rope_theta":1e4}""" })
        {
            Assert.Contains("'rope_parameters.sliding_attention'", Assert.Throws<NotSupportedException>(() => Read(Of(other))).Message);
        }

        var gemma = Read(ConfigJson.Of("gemma3_text", ("rope_parameters", """
            {"full_attention":{"rope_type":"linear","rope_theta":2e6,"factor":8.0},"sliding_attention":{"rope_type":"default","rope_theta":3e4}}
            """)));
        Assert.Equal((2e6, 3e4, 8d), (gemma.RopeTheta, gemma.WindowRopeTheta, gemma.RopeScaling!.Factor));
    }

    [Fact]
    public void A_byte_order_mark_does_no_harm() => Assert.Equal("llama", Read("\uFEFF" + ConfigJson.Of("llama")).ModelType);
}
