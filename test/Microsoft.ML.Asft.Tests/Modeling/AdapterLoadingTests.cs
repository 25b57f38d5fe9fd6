using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;
using TemporaryFolder = Microsoft.ML.Asft.Tests.Checkpoints.TemporaryFolder;

namespace Microsoft.ML.Asft.Tests.Modeling;

/// <summary>Adapters as PEFT and the trainers around it write them: loaded as PEFT loads them, or refused for what they are.</summary>
public sealed class AdapterLoadingTests : IDisposable
{
    private const string Query = "base_model.model.model.layers.0.self_attn.q_proj";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, Tensor> _tensors = [];
    private readonly JsonObject _config;

    public AdapterLoadingTests()
    {
        string source = Path.Combine(Golden.Folder, "qwen2-tied", "adapter");
        _config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, AdapterConfig.FileName)))!.AsObject();
        using var file = SafetensorsFile.Open(Path.Combine(source, AdapterSet.FileName));
        foreach (string name in file.Entries.Keys)
        {
            _tensors.Add(name, file.Read(name));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("base_model.model.", "module.base_model.model.")]
    [InlineData("base_model.model.", "")]
    [InlineData("base_model.model.", "module.module.base_model.model.")]
    [InlineData("base_model.model.model.", "base_model.model.")]
    [InlineData("base_model.model.model.layers.0.", "base_model.model.model.layers.0._fsdp_wrapped_module.")]
    [InlineData("base_model.model.model.layers.0.", "base_model.model._orig_mod.model.layers.0._checkpoint_wrapped_module.")]
    [InlineData("lora_A.weight", "lora_A.default.weight")]
    [InlineData("lora_B.weight", "lora_B.my-adapter.weight")]
    public void Names_are_understood_whatever_was_put_around_the_module_s(string was, string becomes)
    {
        using var expected = Load();
        Rename(was, becomes);
        using var model = Load();

        Assert.Equal(Values(expected), Values(model));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("[1]")]
    public void Layers_that_are_chosen_are_adapted_alone(string layers)
    {
        _config["layers_to_transform"] = JsonNode.Parse(layers);
        int layer = layers == "0" ? 0 : 1;
        foreach (string name in _tensors.Keys.Where(name => !name.Contains($"layers.{layer}.", StringComparison.Ordinal)).ToList())
        {
            _tensors.Remove(name);
        }

        using var model = Load();

        Assert.NotEmpty(Adapted(model));
        Assert.All(Adapted(model), name => Assert.Contains($"layers.{layer}.", name, StringComparison.Ordinal));
    }

    [Fact]
    public void A_magnitude_is_found_under_either_of_its_names()
    {
        _config["use_dora"] = true;
        foreach (string name in _tensors.Keys.Where(name => name.EndsWith("lora_B.weight", StringComparison.Ordinal)).ToList())
        {
            _tensors.Add(name.Replace("lora_B.weight", "lora_magnitude_vector.default.weight", StringComparison.Ordinal), ones(_tensors[name].shape[0]) * 3);
        }

        using var model = Load();

        Assert.NotEmpty(Adapted(model));
        Assert.All(model.AdaptableLayers().Where(layer => layer.Layer.LoraA is not null), layer => Assert.Equal(3, layer.Layer.Magnitude!.mean().item<float>()));
    }

    [Theory]
    [InlineData("base_model.model.model.embed_tokens.lora_embedding_A", "the embedding")]
    [InlineData("base_model.model.lm_head.lora_A.weight", "the output head")]
    [InlineData("base_model.model.lm_head.weight", "modules_to_save")]
    [InlineData("base_model.model.model.embed_tokens.weight", "modules_to_save")]
    [InlineData("base_model.model.model.embed_tokens.modules_to_save.default.weight", "modules_to_save")]
    [InlineData("base_model.model.model.norm.weight", "modules_to_save")]
    [InlineData(Query + ".base_layer.bias", "bias")]
    [InlineData(Query + ".bias", "bias")]
    [InlineData(Query + ".ia3_l", "ia3_l")]
    [InlineData(Query + ".hada_w1_a", "hada_")]
    [InlineData(Query + ".lokr_w1", "lokr_")]
    [InlineData("prompt_embeddings", "prompt_embeddings")]
    public void What_changes_more_than_projections_is_refused_for_what_it_is(string name, string what)
    {
        _tensors.Add(name, ones(4, 4));

        var error = Assert.Throws<NotSupportedException>(() => Load());

        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains("Merge the adapter", error.Message, StringComparison.Ordinal);
        Assert.Contains(AdapterSet.FileName, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.embed_tokens.weight", "base_model.model.model.embed_tokens.weight")]
    [InlineData("model.embed_tokens.weight", "base_model.model.lm_head.weight")]
    [InlineData("model.embed_tokens.weight", "base_model.model.lm_head.modules_to_save.default.weight")]
    [InlineData("model.layers.0.self_attn.q_proj.bias", Query + ".base_layer.bias")]
    [InlineData("model.layers.1.self_attn.k_proj.bias", "base_model.model.model.layers.1.self_attn.k_proj.bias")]
    public void Weights_of_the_base_model_itself_change_nothing_and_are_let_pass(string weight, string name)
    {
        using var expected = Load();
        (_config["modules_to_save"], _config["bias"]) = (new JsonArray("lm_head", "embed_tokens"), "all");
        using (var source = SafetensorsFile.Open(Path.Combine(Golden.Folder, "qwen2-tied", "model.safetensors")))
        {
            _tensors.Add(name, source.Read(weight));
            _config["modules_to_save"] = name.Contains("lm_head", StringComparison.Ordinal) ? new JsonArray("lm_head") : null;
        }

        using var model = Load();

        Assert.Equal(Values(expected), Values(model));
    }

    [Fact]
    public void A_module_that_should_be_there_whole_and_is_not_is_missed()
    {
        _config["modules_to_save"] = new JsonArray("lm_head");
        Assert.Contains("'lm_head'", Assert.Throws<InvalidDataException>(() => Load()).Message, StringComparison.Ordinal);
        _config["modules_to_save"] = new JsonArray("classifier");
        using var model = Load();
    }

    [Fact]
    public void Two_adapters_in_one_file_are_refused()
    {
        _tensors.Add(Query + ".lora_A.other.weight", _tensors[Query + ".lora_A.weight"].clone());
        Assert.Contains("lora_A.other.weight", Assert.Throws<InvalidDataException>(() => Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_missing_left_over_or_of_another_shape_or_type_are_named()
    {
        var tensor = _tensors[Query + ".lora_A.weight"];
        _tensors.Remove(Query + ".lora_A.weight");
        Assert.Contains(Query + ".lora_A.weight", Assert.Throws<InvalidDataException>(() => Load()).Message, StringComparison.Ordinal);
        _tensors[Query + ".lora_A.weight"] = ones(1, 1);
        Assert.Contains("(1, 1)", Assert.Throws<InvalidDataException>(() => Load()).Message, StringComparison.Ordinal);
        _tensors[Query + ".lora_A.weight"] = tensor.to_type(ScalarType.Int8);
        Assert.Contains("I8", Assert.Throws<NotSupportedException>(() => Load()).Message, StringComparison.Ordinal);
        _tensors[Query + ".lora_A.weight"] = tensor;
        _tensors["base_model.model.model.layers.0.mlp.up_proj.lora_A.weight"] = tensor;
        Assert.Contains("no targeted module", Assert.Throws<InvalidDataException>(() => Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_are_not_known_are_told_or_refused()
    {
        _config["use_wonder"] = true;
        var warnings = new List<string>();
        Write();
        using var model = Base();
        AdapterSet.Load(model, _folder.Path, warnings.Add);

        Assert.Contains("'use_wonder'", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Contains("'use_wonder'", Assert.Throws<NotSupportedException>(() => Load()).Message, StringComparison.Ordinal);
    }

    private void Rename(string was, string becomes)
    {
        foreach (var (name, tensor) in _tensors.ToList())
        {
            _tensors.Remove(name);
            _tensors.Add(name.Replace(was, becomes, StringComparison.Ordinal), tensor);
        }
    }

    private static CausalLanguageModel Base() => CausalLanguageModel.Load(Path.Combine(Golden.Folder, "qwen2-tied"));

    private void Write()
    {
        SafetensorsWriter.Write(_folder[AdapterSet.FileName], _tensors);
        _folder.Write(AdapterConfig.FileName, _config.ToJsonString());
    }

    private CausalLanguageModel Load()
    {
        Write();
        var model = Base();
        AdapterSet.Load(model, _folder.Path);
        return model;
    }

    private static IEnumerable<string> Adapted(CausalLanguageModel model) =>
        model.AdaptableLayers().Where(layer => layer.Layer.LoraA is not null).Select(layer => layer.Name);

    private static float[] Values(CausalLanguageModel model) =>
        [.. model.AdaptableLayers().Where(layer => layer.Layer.LoraA is not null)
            .SelectMany(layer => mm(layer.Layer.LoraB!, layer.Layer.LoraA!).data<float>().ToArray())];
}
