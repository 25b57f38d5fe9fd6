using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>What a file says of its model, and what is told or refused because no file can say it.</summary>
public sealed class MetadataTests
{
    [Fact]
    public void Tokens_templates_and_the_name_are_those_of_the_folder()
    {
        using var folder = new TemporaryFolder();
        string model = Copy(folder.Path);
        Edit(Path.Combine(model, "tokenizer_config.json"), config => config["chat_template"] = new JsonArray(
            new JsonObject { ["name"] = "default", ["template"] = "{{ messages[0].content }}" },
            new JsonObject { ["name"] = "tool_use", ["template"] = "{{ tools }}" }));
        var (metadata, _) = Export(model);
        string template = "{{ messages[0].content }}";
        Assert.Equal("gpt2", metadata["tokenizer.ggml.model"]);
        Assert.Equal("qwen2", metadata["tokenizer.ggml.pre"]);
        Assert.Equal("2047", metadata["tokenizer.ggml.eos_token_id"]);
        Assert.Equal("2045", metadata["tokenizer.ggml.padding_token_id"]);
        Assert.Equal("false", metadata["tokenizer.ggml.add_bos_token"]);
        Assert.Equal("false", metadata["tokenizer.ggml.add_eos_token"]);
        Assert.Equal(template, metadata["tokenizer.chat_template"]);
        Assert.Equal("{{ tools }}", metadata["tokenizer.chat_template.tool_use"]);
        Assert.Equal("model", metadata["general.name"]);
    }

    [Fact]
    public void Further_tokens_that_end_a_completion_end_a_turn()
    {
        using var folder = new TemporaryFolder();
        string model = Copy(folder.Path);
        Edit(Path.Combine(model, "tokenizer_config.json"), config => config["eos_token"] = "<|endoftext|>");
        Edit(Path.Combine(model, "config.json"), config => config["eos_token_id"] = new JsonArray(2045, 2046, 7, 9));
        var (metadata, warnings) = Export(model);
        Assert.Equal("2045", metadata["tokenizer.ggml.eos_token_id"]);
        Assert.Equal("2046", metadata["tokenizer.ggml.eot_token_id"]);
        Assert.Equal("7", metadata["tokenizer.ggml.eom_token_id"]);
        Assert.Contains(warnings, warning => warning.Contains("the file can name 3", StringComparison.Ordinal));
    }

    [Fact]
    public void Tokens_that_the_tokenizer_puts_around_a_text_llama_cpp_puts_too()
    {
        using var folder = new TemporaryFolder();
        string model = Copy(folder.Path);
        Edit(Path.Combine(model, "tokenizer.json"), json => json["post_processor"] = JsonNode.Parse("""
            {"type": "TemplateProcessing",
             "single": [{"SpecialToken": {"id": "<|im_start|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                        {"SpecialToken": {"id": "<|im_end|>", "type_id": 0}}],
             "pair": [], "special_tokens": {"<|im_start|>": {"id": "<|im_start|>", "ids": [2046], "tokens": ["<|im_start|>"]},
                                            "<|im_end|>": {"id": "<|im_end|>", "ids": [2047], "tokens": ["<|im_end|>"]}}}
            """));
        using var ours = OurModel.Load(model);
        string file = Path.Combine(folder.Path, "model.gguf");
        ours.ExportGguf(file);
        using var llama = new LlamaCpp(file, vocabularyOnly: true);
        int[] ids = llama.Tokenize("Hello there", addSpecialTokens: true);
        Assert.Equal([2046, .. ours.Tokenizer.EncodeToIds("Hello there"), 2047], ids);
    }

    [Theory]
    [InlineData("mistral", 8, 8)]
    [InlineData("mistral", 300, 256)]
    [InlineData("qwen2", 8, 8)]
    public void A_window_that_llama_cpp_does_not_read_is_the_context_length_and_told(string family, int window, int contextLength)
    {
        var (metadata, warnings) = Export(RandomModel.Configure(family) with { SlidingWindow = window });
        Assert.Equal($"{contextLength}", metadata[$"{(family == "mistral" ? "llama" : family)}.context_length"]);
        Assert.Equal(window < 256, warnings.Any(warning => warning.Contains($"window of {window} tokens", StringComparison.Ordinal)));
    }

    [Fact]
    public void Dynamic_scaling_is_told()
    {
        var config = RandomModel.Configure("llama");
        var (_, warnings) = Export(config with { RopeScaling = new("dynamic", 2) { OriginalMaxPositionEmbeddings = 256 } });
        Assert.Contains(warnings, warning => warning.Contains("dynamically: beyond 256 tokens", StringComparison.Ordinal));
        Assert.DoesNotContain(Export(config).Warnings, warning => warning.Contains("dynamically", StringComparison.Ordinal));
    }

    [Fact]
    public void That_the_context_chooses_the_divisors_of_longrope_is_told()
    {
        var (metadata, warnings) = Export(RandomModel.Configure("phi3") with { RopeScaling = Family.LongRopeOf(64, 8) });
        Assert.Contains(warnings, warning => warning.Contains("a context of at most 64", StringComparison.Ordinal));
        Assert.Equal("longrope", metadata["phi3.rope.scaling.type"]);
    }

    private static readonly Dictionary<string, (ModelConfig Config, string Setting)> Refused = new()
    {
        ["qwen2, llama3 scaling"] = (RandomModel.Configure("qwen2") with
        {
            RopeScaling = new("llama3", 8) { OriginalMaxPositionEmbeddings = 64 },
        }, "rope_scaling"),
        ["yarn without rounding"] = (RandomModel.Configure("llama") with
        {
            RopeScaling = new("yarn", 2) { OriginalMaxPositionEmbeddings = 128, Truncate = false },
        }, "rope_scaling.truncate"),
        ["qwen2, longrope"] = (RandomModel.Configure("qwen2") with { RopeScaling = Family.LongRopeOf(128, 8) }, "rope_scaling"),
        ["phi3, llama3 scaling"] = (RandomModel.Configure("phi3") with
        {
            RopeScaling = new("llama3", 8) { OriginalMaxPositionEmbeddings = 64 },
        }, "rope_scaling"),
        ["phi3, heads of their own width"] = (RandomModel.Configure("phi3", headDim: 24), "head_dim"),
        ["qwen3_moe, a layer without experts"] = (Experts(experts => experts with { DenseLayers = [1] }), "mlp_only_layers"),
        ["qwen3_moe, each second layer"] = (Experts(experts => experts with { LayerStep = 2 }), "decoder_sparse_step"),
        ["qwen3_moe, weights as they are"] = (Experts(experts => experts with { NormalizesWeights = false }), "norm_topk_prob"),
        ["qwen3, biases"] = (RandomModel.Configure("qwen3") with { AttentionBias = true, OutputProjectionBias = true }, "attention_bias"),
        ["olmo2, biases"] = (RandomModel.Configure("olmo2") with { AttentionBias = true, OutputProjectionBias = true }, "attention_bias"),
        ["olmo2, heads of their own width"] = (RandomModel.Configure("olmo2", headDim: 24), "head_dim"),
        ["smollm3, other layers without rotation"] = (RandomModel.Configure("smollm3") with { RotaryLayers = [true, false] }, "no_rope_layers"),
        ["gemma2, untied"] = (RandomModel.Configure("gemma2") with { TieWordEmbeddings = false }, "tie_word_embeddings"),
        ["gemma2, no cap of scores"] = (RandomModel.Configure("gemma2") with { AttentionSoftCap = null }, "attn_logit_softcapping"),
        ["gemma2, no cap of logits"] = (RandomModel.Configure("gemma2") with { LogitsSoftCap = null }, "final_logit_softcapping"),
        ["gemma3, another scale"] = (RandomModel.Configure("gemma3_text") with { QueryPreAttentionScalar = 24 }, "query_pre_attn_scalar"),
        ["gemma3, yarn"] = (RandomModel.Configure("gemma3_text") with
        {
            RopeScaling = new("yarn", 2) { OriginalMaxPositionEmbeddings = 128 },
        }, "rope_scaling"),
        ["olmo3, windows in the last layer"] = (RandomModel.Configure("olmo3") with
        {
            SlidingWindow = 12,
            LayerTypes = ["full_attention", "sliding_attention"],
        }, "layer_types"),
    };

    private static ModelConfig Experts(Func<ExpertSettings, ExpertSettings> change) =>
        RandomModel.Configure("qwen3_moe") with { Experts = change(new ExpertSettings(4, 2, 32)) };

    public static TheoryData<string> RefusedNames => [.. Refused.Keys];

    [Theory]
    [MemberData(nameof(RefusedNames))]
    public void What_llama_cpp_does_not_compute_is_refused_by_its_setting(string what)
    {
        var (config, setting) = Refused[what];
        var refusal = Assert.Throws<NotSupportedException>(() => Export(config));
        Assert.Contains($"'{setting}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("asft merge", refusal.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Tokenizers => new()
    {
        { "pre_tokenizer", """{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}""", "a space before a text" },
        { "pre_tokenizer", """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}""", "no pre-tokenizer" },
        {
            "pre_tokenizer", """
            {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\p{N}{1,2}"}, "behavior": "Isolated", "invert": false},
              {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]}
            """, "no pre-tokenizer"
        },
        { "normalizer", """{"type": "Lowercase"}""", "changes texts" },
        {
            "post_processor", """
            {"type": "TemplateProcessing",
             "single": [{"SpecialToken": {"id": "<|im_start|>", "type_id": 0}}, {"SpecialToken": {"id": "<|im_start|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
             "pair": [], "special_tokens": {"<|im_start|>": {"id": "<|im_start|>", "ids": [2046], "tokens": ["<|im_start|>"]}}}
            """, "2 tokens before a text"
        },
    };

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void A_tokenizer_that_llama_cpp_does_not_have_is_refused_with_the_reason(string part, string definition, string reason)
    {
        using var folder = new TemporaryFolder();
        string model = Copy(folder.Path);
        Edit(Path.Combine(model, "tokenizer.json"), json => json[part] = JsonNode.Parse(definition));
        Assert.Contains(reason, Assert.Throws<NotSupportedException>(() => Export(model)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt-2", """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""")]
    [InlineData("smollm", """
        {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true},
          {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]}
        """)]
    [InlineData("smaug-bpe", """
        {"type": "Sequence", "pretokenizers": [{"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
          "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
          {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
        """)]
    public void A_vocabulary_of_ones_own_is_known_by_how_it_splits_texts(string name, string preTokenizer)
    {
        using var folder = new TemporaryFolder();
        string model = Copy(folder.Path);
        Edit(Path.Combine(model, "tokenizer.json"), json => json["pre_tokenizer"] = JsonNode.Parse(preTokenizer));
        Assert.Equal(name, Export(model).Metadata["tokenizer.ggml.pre"]);
    }

    private static (IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<string> Warnings) Export(ModelConfig config)
    {
        using var folder = new TemporaryFolder();
        string model = Path.Combine(folder.Path, "model");
        RandomModel.Create(config).Save(model);
        return Export(model);
    }

    private static (IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<string> Warnings) Export(string model)
    {
        using var ours = OurModel.Load(model);
        string file = $"{model}.gguf";
        var result = ours.ExportGguf(file);
        using var llama = new LlamaCpp(file, vocabularyOnly: true);
        return (llama.Metadata, result.Warnings);
    }

    private static string Copy(string folder)
    {
        string model = Directory.CreateDirectory(Path.Combine(folder, "model")).FullName;
        foreach (string file in Directory.EnumerateFiles(OurModel.BaseFolder))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }

        return model;
    }

    private static void Edit(string file, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(json);
        File.Delete(file);
        File.WriteAllText(file, json.ToJsonString());
    }
}
