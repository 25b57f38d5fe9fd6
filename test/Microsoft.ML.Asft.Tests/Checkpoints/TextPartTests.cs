using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Checkpoints;

/// <summary>Text models inside larger ones: read under either of their names, and written as models of their own.</summary>
public sealed class TextPartTests : IDisposable
{
    private const string Nested = "ministral3-nested";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Nested, "ministral3", "Ministral3ForCausalLM")]
    [InlineData("gemma3-nested", "gemma3_text", "Gemma3ForCausalLM")]
    public void It_is_saved_as_a_text_model_that_computes_the_same(string golden, string modelType, string architecture)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = (Decoder)Golden.Load(golden, adapter: false).Model;
        ModelTensors.Save(model, model.Config, _folder.Path, copyFrom: null);

        using var again = (Decoder)CausalLanguageModel.Load(_folder.Path);
        var ids = tensor([5L, 9, 200, 31], [1, 4]);
        Assert.True(model.Forward(ids).equal(again.Forward(ids)).all().item<bool>());
        Assert.Equal(modelType, again.Config.ModelType);
        var json = JsonNode.Parse(File.ReadAllText(_folder["config.json"]))!;
        Assert.Equal(architecture, (string?)json["architectures"]![0]);
        Assert.Null(json["text_config"]);
        Assert.Equal(model.Config.EosTokenIds, again.Config.EosTokenIds);
        Assert.Equal("float32", (string?)json["dtype"]);
    }

    [Fact]
    public void Its_adapter_carries_the_names_that_PEFT_gives_it_in_the_larger_model()
    {
        using var scope = NewDisposeScope();
        var loaded = Golden.Load(Nested);
        using var model = loaded.Model;
        loaded.Adapters!.Save(_folder.Path);

        using var expected = SafetensorsFile.Open(Path.Combine(Golden.Folder, Nested, "adapter", AdapterSet.FileName));
        using var actual = SafetensorsFile.Open(_folder[AdapterSet.FileName]);
        Assert.Equal(expected.Entries.Keys.Order(), actual.Entries.Keys.Order());
        Assert.All(expected.Entries.Keys, name => Assert.True(expected.Read(name).equal(actual.Read(name)).all().item<bool>()));
    }

    [Theory]
    [InlineData("language_model.model.", "model.language_model.", "language_model.lm_head.", "lm_head.")]
    [InlineData("language_model.model.", "language_model.model.", "vision", "vision")]
    public void Both_ways_of_naming_its_tensors_are_read(string prefix, string otherPrefix, string head, string otherHead)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Rewrite(name => name.Replace(prefix, otherPrefix, StringComparison.Ordinal).Replace(head, otherHead, StringComparison.Ordinal));
        using var expected = Golden.Load(Nested, adapter: false).Model;
        using var actual = CausalLanguageModel.Load(_folder.Path);
        var ids = tensor([5L, 9, 200, 31], [1, 4]);
        Assert.True(expected.Forward(ids).equal(actual.Forward(ids)).all().item<bool>());
        Assert.True(expected.HeadWeight.equal(actual.HeadWeight).all().item<bool>());
    }

    [Fact]
    public void A_tensor_that_is_neither_the_text_models_nor_of_the_vision_tower_is_told()
    {
        using var scope = NewDisposeScope();
        Rewrite(name => name, ("language_model.model.extra.weight", ones(2)), ("vision_tower.patch.weight", ones(2)));
        var warnings = new List<string>();
        using var model = CausalLanguageModel.Load(_folder.Path, warn: warnings.Add);
        Assert.Contains("1 of ", Assert.Single(warnings));
        Assert.Contains("'language_model.model.extra.weight'", warnings[0]);
    }

    [Fact]
    public void A_larger_model_without_a_text_part_or_of_an_unknown_kind_is_refused_by_name()
    {
        Assert.Contains("'text_config' is missing", Assert.Throws<InvalidDataException>(() => Read("""{"model_type":"mistral3"}""")).Message);
        Assert.Contains("'llava'", Assert.Throws<NotSupportedException>(() => Read("""{"model_type":"llava","text_config":{}}""")).Message);
        Assert.Contains(
            "'quantization_config'",
            Assert.Throws<NotSupportedException>(() => Read(
                """{"model_type":"mistral3","quantization_config":{"quant_method":"fp8"},"text_config":{"model_type":"ministral3"}}""")).Message);
    }

    private ModelConfig Read(string json)
    {
        File.WriteAllText(_folder["config.json"], json);
        return ModelConfig.Load(_folder.Path);
    }

    private void Rewrite(Func<string, string> rename, params (string Name, Tensor Tensor)[] more)
    {
        using var source = SafetensorsFile.Open(Path.Combine(Golden.Folder, Nested, "model.safetensors"));
        SafetensorsWriter.Write(
            _folder["model.safetensors"],
            source.Entries.Keys.Select(name => KeyValuePair.Create(rename(name), source.Read(name)))
                .Concat(more.Select(tensor => KeyValuePair.Create(tensor.Name, tensor.Tensor))));
        File.Copy(Path.Combine(Golden.Folder, Nested, "config.json"), _folder["config.json"]);
    }
}
