using Microsoft.ML.Asft.Checkpoints.Safetensors;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Safetensors;

public sealed class TensorSourceTests : IDisposable
{
    private const string Index = "model.safetensors.index.json";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_single_file_is_read()
    {
        _folder.Write("model.safetensors", SafetensorsBytes.Floats(("b", [1, 2]), ("a", [3])));

        using var source = TensorSource.Open(_folder.Path);
        using var b = source.Read("b");
        using var a = source.Read("a", ScalarType.BFloat16);
        using var into = zeros(1);
        source.ReadInto("a", into);

        Assert.Equal(["b", "a"], source.Names);
        Assert.Equal([1f, 2], b.data<float>().ToArray());
        Assert.Equal(ScalarType.BFloat16, a.dtype);
        Assert.Equal(3, into.item<float>());
        Assert.Equal([2], source["b"].Shape);
        Assert.True(source.Contains("a"));
        Assert.False(source.Contains("c"));
    }

    [Fact]
    public void Shards_are_read_as_one_and_only_what_the_index_lists()
    {
        _folder.Write("one.safetensors", SafetensorsBytes.Floats(("a", [1]), ("unlisted", [9])));
        _folder.Write("two.safetensors", SafetensorsBytes.Floats(("b", [2]), ("a", [9])));
        _folder.Write(Index, """{"metadata":{"total_size":8},"weight_map":{"b":"two.safetensors","a":"one.safetensors"}}""");

        using var source = TensorSource.Open(_folder.Path);
        using var a = source.Read("a");
        using var b = source.Read("b");

        Assert.Equal(["a", "b"], source.Names);
        Assert.Equal((1f, 2f), (a.item<float>(), b.item<float>()));
    }

    [Fact]
    public void A_single_file_goes_before_an_index_as_in_transformers()
    {
        _folder.Write("model.safetensors", SafetensorsBytes.Floats(("a", [1])));
        _folder.Write(Index, "not even JSON");

        using var source = TensorSource.Open(_folder.Path);

        Assert.Equal(["a"], source.Names);
    }

    [Fact]
    public void A_folder_without_weights_is_refused_with_what_to_do() => Assert.Contains(
        "convert those in pytorch_model.bin", Assert.Throws<FileNotFoundException>(() => TensorSource.Open(_folder.Path)).Message);

    [Theory]
    [InlineData("../secret.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/one.safetensors")]
    [InlineData("..\\\\secret.safetensors")]
    [InlineData("C:one.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("one\\u0000.safetensors")]
    public void An_index_that_points_outside_its_folder_is_refused(string file)
    {
        _folder.Write(Index, $$"""{"weight_map":{"a":"{{file}}"} }""");

        var error = Assert.Throws<InvalidDataException>(() => TensorSource.Open(_folder.Path));

        Assert.StartsWith(_folder[Index], error.Message);
        Assert.Contains("'weight_map.a'", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("""{"weight_map":{}}""")]
    [InlineData("""{"weight_map":{"a":1}}""")]
    [InlineData("""{"weight_map":{"a":null}}""")]
    [InlineData("""{"weight_map":{"a":"\ud800"}}""")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""")]
    public void An_index_that_is_none_is_refused(string text)
    {
        _folder.Write("one.safetensors", SafetensorsBytes.Floats(("a", [1])));
        _folder.Write(Index, text);

        Assert.StartsWith(_folder[Index], Assert.Throws<InvalidDataException>(() => TensorSource.Open(_folder.Path)).Message);
    }

    [Fact]
    public void A_missing_shard_is_refused_by_name()
    {
        _folder.Write("one.safetensors", SafetensorsBytes.Floats(("a", [1])));
        _folder.Write(Index, """{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""");

        var error = Assert.Throws<FileNotFoundException>(() => TensorSource.Open(_folder.Path));

        Assert.StartsWith(_folder["two.safetensors"], error.Message);
    }

    [Fact]
    public void A_tensor_missing_in_its_shard_is_refused_by_name()
    {
        _folder.Write("one.safetensors", SafetensorsBytes.Floats(("a", [1])));
        _folder.Write("two.safetensors", SafetensorsBytes.Floats(("c", [1])));
        _folder.Write(Index, """{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""");

        var error = Assert.Throws<InvalidDataException>(() => TensorSource.Open(_folder.Path));

        Assert.Contains("'two.safetensors' holds the tensor 'b', but that file does not", error.Message);
    }

    [Fact]
    public void A_damaged_shard_is_refused_by_name()
    {
        _folder.Write("one.safetensors", SafetensorsBytes.Floats(("a", [1]))[..^1]);
        _folder.Write(Index, """{"weight_map":{"a":"one.safetensors"}}""");

        Assert.StartsWith(_folder["one.safetensors"], Assert.Throws<InvalidDataException>(() => TensorSource.Open(_folder.Path)).Message);
    }

    [Fact]
    public void A_tensor_that_is_not_there_is_an_error_that_names_folder_and_tensor()
    {
        _folder.Write("model.safetensors", SafetensorsBytes.Floats(("a", [1])));
        using var source = TensorSource.Open(_folder.Path);

        var error = Assert.Throws<InvalidDataException>(() => source.Read("lm_head.weight"));

        Assert.Contains($"{_folder.Path}: there is no tensor 'lm_head.weight'", error.Message);
    }
}
