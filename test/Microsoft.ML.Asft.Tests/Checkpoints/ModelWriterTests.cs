using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Checkpoints;

public sealed class ModelWriterTests : IDisposable
{
    private static readonly ModelConfig Config = ModelConfig.Create("qwen2", 16, 8, 16, 1, 2, 1);

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_small_model_is_one_file_without_an_index()
    {
        ModelWriter.Write(_folder.Path, Config, Tensors(3));

        Assert.Equal(["config.json", "model.safetensors"], _folder.Files);
        Assert.Equal(Config.VocabSize, ModelConfig.Load(_folder.Path).VocabSize);
        AssertHolds(3);
        using var file = SafetensorsFile.Open(_folder["model.safetensors"]);
        Assert.Equal("pt", file.Metadata["format"]);
    }

    // Tensors of 40 bytes: two fit into 80, and one alone is never split.
    [Theory]
    [InlineData(80, 3)]
    [InlineData(79, 5)]
    [InlineData(1, 5)]
    [InlineData(120, 2)]
    public void A_large_model_is_split_into_files_no_larger_than_asked(long maxShardSize, int shards)
    {
        ModelWriter.Write(_folder.Path, Config, Tensors(5), maxShardSize);

        string[] expected = [.. Enumerable.Range(1, shards).Select(i => $"model-{i:00000}-of-{shards:00000}.safetensors")];
        Assert.Equal(["config.json", .. expected, "model.safetensors.index.json"], _folder.Files);
        var index = JsonNode.Parse(File.ReadAllText(_folder["model.safetensors.index.json"]))!;
        Assert.Equal(200, (int?)index["metadata"]!["total_size"]);
        Assert.Equal(5, index["weight_map"]!.AsObject().Count);
        Assert.Equal("model-00001-of-" + $"{shards:00000}.safetensors", (string?)index["weight_map"]!["t0"]);
        AssertHolds(5);
    }

    [Fact]
    public void Weights_of_the_model_that_was_there_go_and_other_files_stay()
    {
        ModelWriter.Write(_folder.Path, Config, Tensors(5), maxShardSize: 80);
        _folder.Write("model-card.safetensors.md", "mine");
        ModelWriter.Write(_folder.Path, Config, Tensors(2));
        Assert.Equal(["config.json", "model-card.safetensors.md", "model.safetensors"], _folder.Files);

        ModelWriter.Write(_folder.Path, Config, Tensors(2), maxShardSize: 40);

        Assert.DoesNotContain("model.safetensors", _folder.Files);
        AssertHolds(2);
    }

    [Fact]
    public void A_model_can_be_written_where_it_is_being_read()
    {
        ModelWriter.Write(_folder.Path, Config, Tensors(4));
        using var source = TensorSource.Open(_folder.Path);

        var tensors = source.Names.Select(name => KeyValuePair.Create(name, source.Read(name)));
        ModelWriter.Write(_folder.Path, Config, tensors, maxShardSize: 80);

        AssertHolds(4);
    }

    [Fact]
    public void Tokenizer_template_and_licence_are_copied_as_they_are_and_nothing_else()
    {
        using var origin = new TemporaryFolder();
        string[] companions =
        [
            "LICENSE", "added_tokens.json", "chat_template.jinja", "generation_config.json", "merges.txt", "special_tokens_map.json",
            "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json",
        ];
        foreach (string name in companions)
        {
            origin.Write(name, [0xFF, 0, (byte)name.Length]);
        }

        origin.Write("README.md", "not copied");
        origin.Write("model-00001-of-00002.safetensors", "not copied");
        origin.Write("config.json", "not copied");

        ModelWriter.Write(_folder.Path, Config, Tensors(1), copyFrom: origin.Path);

        Assert.Equal(companions.Concat(["config.json", "model.safetensors"]).Order(StringComparer.Ordinal), _folder.Files);
        Assert.All(companions, name => Assert.Equal(File.ReadAllBytes(origin[name]), File.ReadAllBytes(_folder[name])));
    }

    [Fact]
    public void Copying_from_the_folder_itself_keeps_its_files()
    {
        _folder.Write("tokenizer.json", "{}");

        ModelWriter.Write(_folder.Path, Config, Tensors(1), copyFrom: _folder.Path + "/");

        Assert.Equal(["config.json", "model.safetensors", "tokenizer.json"], _folder.Files);
    }

    [Fact]
    public void A_failure_leaves_the_folder_as_it_was()
    {
        ModelWriter.Write(_folder.Path, Config, Tensors(2));
        using var complex = ones([1], ScalarType.ComplexFloat32);
        byte[] before = File.ReadAllBytes(_folder["model.safetensors"]);

        Assert.Throws<NotSupportedException>(() => ModelWriter.Write(_folder.Path, Config, [.. Tensors(2), new("bad", complex)], 40));
        Assert.Throws<ArgumentException>(() => ModelWriter.Write(_folder.Path, Config, [.. Tensors(2), .. Tensors(1)], 40));
        Assert.Throws<InvalidDataException>(() => ModelWriter.Write(_folder.Path, Config with { VocabSize = 0 }, Tensors(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ModelWriter.Write(_folder.Path, Config, Tensors(1), maxShardSize: 0));

        Assert.Equal(["config.json", "model.safetensors"], _folder.Files);
        Assert.Equal(before, File.ReadAllBytes(_folder["model.safetensors"]));
    }

    // Each tensor is 40 bytes: its number, ten times over.
    private static List<KeyValuePair<string, Tensor>> Tensors(int count) =>
        [.. Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"t{i}", full([10], i, ScalarType.Float32)))];

    private void AssertHolds(int count)
    {
        using var source = TensorSource.Open(_folder.Path);
        Assert.Equal(Enumerable.Range(0, count).Select(i => $"t{i}"), source.Names.Order(StringComparer.Ordinal));
        for (int i = 0; i < count; i++)
        {
            using var tensor = source.Read($"t{i}");
            Assert.Equal(Enumerable.Repeat((float)i, 10), tensor.data<float>().ToArray());
        }
    }
}
