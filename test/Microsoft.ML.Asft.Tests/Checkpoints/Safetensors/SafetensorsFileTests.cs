using Microsoft.ML.Asft.Checkpoints.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Safetensors;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_written_by_hand_is_read_as_it_was_meant()
    {
        const string Header = """
            {"__metadata__":{"format":"pt"},"b":{"dtype":"I32","shape":[],"data_offsets":[8,12]},
             "a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}
            """;
        string path = _folder.Write("x.safetensors", SafetensorsBytes.Of(Header, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 7, 0, 0, 0));

        using var file = SafetensorsFile.Open(path);

        Assert.Equal(["a", "b"], file.Entries.Keys);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(8 + Header.Length, file.Entries["a"].Offset);
        Assert.Equal(8, file.Entries["a"].Length);
        Assert.Equal(ScalarType.Float32, file.Entries["a"].DType);
        using var a = file.Read("a");
        using var b = file.Read("b");
        Assert.Equal([2, 1], a.shape);
        Assert.Equal([1f, -2f], a.data<float>().ToArray());
        Assert.Empty(b.shape);
        Assert.Equal(7, b.item<int>());
    }

    // 1 in every type; of two bytes the lower comes first.
    [Theory]
    [InlineData("F64", ScalarType.Float64, new byte[] { 0, 0, 0, 0, 0, 0, 0xF0, 0x3F })]
    [InlineData("F32", ScalarType.Float32, new byte[] { 0, 0, 0x80, 0x3F })]
    [InlineData("F16", ScalarType.Float16, new byte[] { 0, 0x3C })]
    [InlineData("BF16", ScalarType.BFloat16, new byte[] { 0x80, 0x3F })]
    [InlineData("I64", ScalarType.Int64, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData("I32", ScalarType.Int32, new byte[] { 1, 0, 0, 0 })]
    [InlineData("I16", ScalarType.Int16, new byte[] { 1, 0 })]
    [InlineData("I8", ScalarType.Int8, new byte[] { 1 })]
    [InlineData("U8", ScalarType.Byte, new byte[] { 1 })]
    [InlineData("BOOL", ScalarType.Bool, new byte[] { 0x55 })]
    public void Every_type_is_read_and_converted(string type, ScalarType dtype, byte[] one)
    {
        byte[] zero = new byte[one.Length];
        using var file = Open(Entry(type, "[2]", 0, 2 * one.Length), [.. one, .. zero]);

        using var stored = file.Read("t");
        using var converted = file.Read("t", ScalarType.Float32);

        Assert.Equal(dtype, stored.dtype);
        Assert.Equal([1f, 0f], converted.data<float>().ToArray());
        using var again = stored.to_type(ScalarType.Float32);
        Assert.Equal([1f, 0f], again.data<float>().ToArray());
    }

    [Fact]
    public void A_type_that_torch_lacks_is_refused_by_name_when_it_is_read_and_not_before()
    {
        using var file = Open("""
            {"t":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]},"u":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}
            """, 1, 2, 3, 4);

        using var readable = file.Read("u");
        var error = Assert.Throws<NotSupportedException>(() => file.Read("t"));

        Assert.Equal(4, readable.item<byte>());
        Assert.Contains("x.safetensors", error.Message);
        Assert.Contains("'t' is stored as F8_E4M3", error.Message);
        Assert.Equal("F8_E4M3", file.Entries["t"].StoredType);
        Assert.Throws<NotSupportedException>(() => file.Entries["t"].DType);
    }

    // More elements than a thread reads, and than are converted, at a time.
    [Fact]
    public void A_large_tensor_is_read_and_converted_in_pieces_without_a_seam()
    {
        using var numbers = arange(1_200_000, ScalarType.Float32).mul(0.37f);
        using var written = numbers.to_type(ScalarType.BFloat16);
        SafetensorsWriter.Write(_folder["x.safetensors"], [new("t", written)]);
        using var file = SafetensorsFile.Open(_folder["x.safetensors"]);

        using var same = file.Read("t");
        using var converted = file.Read("t", ScalarType.Float32);

        using var expected = written.to_type(ScalarType.Float32);
        Assert.True(same.eq(written).all().item<bool>());
        Assert.True(converted.eq(expected).all().item<bool>());
    }

    [Fact]
    public void Parameters_and_transposed_tensors_are_filled_in_place()
    {
        using var file = Open(Entry("F32", "[2,3]", 0, 24), [.. Enumerable.Range(1, 6).SelectMany(i => BitConverter.GetBytes((float)i))]);
        using var parameter = new Parameter(zeros(2, 3));
        using var storage = zeros(3, 2);
        using var transposed = storage.t();
        using var wide = zeros([2, 3], ScalarType.Float64);

        file.ReadInto("t", parameter);
        file.ReadInto("t", transposed);
        file.ReadInto("t", wide);

        Assert.Equal([1f, 2, 3, 4, 5, 6], parameter.detach().data<float>().ToArray());
        Assert.Equal([1f, 4, 2, 5, 3, 6], storage.data<float>().ToArray());
        Assert.Equal([1d, 2, 3, 4, 5, 6], wide.data<double>().ToArray());
        Assert.True(parameter.requires_grad);
        Assert.True(parameter.is_leaf);
    }

    [Fact]
    public void Another_shape_than_wanted_is_an_error_that_gives_both()
    {
        using var file = Open(Entry("F32", "[2,3]", 0, 24), new byte[24]);
        using var other = zeros(3, 2);

        var error = Assert.Throws<InvalidDataException>(() => file.ReadInto("t", other));

        Assert.Contains("tensor 't' has the shape [2, 3], but [3, 2] is needed", error.Message);
        Assert.Contains("x.safetensors", error.Message);
    }

    [Fact]
    public void A_tensor_that_is_not_there_is_an_error_that_names_it()
    {
        using var file = Open("{}");

        var error = Assert.Throws<InvalidDataException>(() => file.Read("lm_head.weight"));

        Assert.Contains("x.safetensors: there is no tensor 'lm_head.weight'", error.Message);
    }

    [Fact]
    public void Tensors_without_elements_and_files_without_tensors_are_fine()
    {
        using var file = Open("""
            {"none":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},"one":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
             "nothing":{"dtype":"I64","shape":[2,0],"data_offsets":[1,1]}}
            """, 9);
        using var empty = Open("{}   ");

        using var none = file.Read("none");
        using var nothing = file.Read("nothing", ScalarType.Float32);

        Assert.Equal([0, 3], none.shape);
        Assert.Equal([2, 0], nothing.shape);
        Assert.Empty(empty.Entries);
    }

    [Fact]
    public void A_file_in_memory_reads_like_one_on_disk()
    {
        byte[] content = SafetensorsBytes.Floats(("a", [1, 2]), ("b", [3]));

        using var file = SafetensorsFile.Open(content, "adapter in archive.zip");
        using var b = file.Read("b", ScalarType.BFloat16);

        Assert.Equal(3, b.ToSingle());
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(content.AsMemory(0, 30), "adapter in archive.zip"));
        Assert.Contains("adapter in archive.zip", error.Message);
    }

    [Fact]
    public void A_tensor_outlives_its_file()
    {
        Tensor tensor;
        using (var file = Open(Entry("F32", "[1]", 0, 4), 0, 0, 0x80, 0x3F))
        {
            tensor = file.Read("t");
        }

        using (tensor)
        {
            Assert.Equal(1f, tensor.item<float>());
        }
    }

    [Fact]
    public void A_file_cut_short_while_it_is_open_is_an_error()
    {
        string path = _folder.Write("x.safetensors", SafetensorsBytes.Of(Entry("U8", "[2000000]", 0, 2_000_000), new byte[2_000_000]));
        using var file = SafetensorsFile.Open(path);
        using (var shorter = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            shorter.SetLength(shorter.Length - 1);
        }

        var error = Assert.Throws<InvalidDataException>(() => file.Read("t"));

        Assert.Contains("before the end of its data", error.Message);
    }

    private static string Entry(string type, string shape, long begin, long end) =>
        $$"""{"t":{"dtype":"{{type}}","shape":{{shape}},"data_offsets":[{{begin}},{{end}}]} }""";

    private SafetensorsFile Open(string header, params byte[] data) =>
        SafetensorsFile.Open(_folder.Write("x.safetensors", SafetensorsBytes.Of(header, data)));
}
