using System.Text;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Safetensors;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_what_the_format_says_byte_for_byte()
    {
        using var bytes = tensor(new byte[] { 1, 2, 3 });
        using var floats = tensor(new float[] { 1, -2 }).view(2, 1);

        SafetensorsWriter.Write(_folder["x.safetensors"], [new("b", bytes), new("a", floats)]);

        const string Header = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}"""
            + ""","b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}""";
        string padded = Header + new string(' ', (8 - (Header.Length % 8)) % 8);
        byte[] expected =
            [(byte)padded.Length, 0, 0, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(padded), 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 1, 2, 3];
        Assert.Equal(expected, File.ReadAllBytes(_folder["x.safetensors"]));
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Every_type_comes_back_as_it_went(ScalarType dtype)
    {
        using var written = arange(24, ScalarType.Float32).view(2, 3, 4).to_type(dtype);
        SafetensorsWriter.Write(_folder["x.safetensors"], [new("t", written)]);

        using var file = SafetensorsFile.Open(_folder["x.safetensors"]);
        using var read = file.Read("t");

        Assert.Equal(dtype, read.dtype);
        Assert.Equal([2, 3, 4], read.shape);
        Assert.True(read.eq(written).all().item<bool>());
    }

    [Fact]
    public void Views_parameters_scalars_and_empty_tensors_are_written_as_their_values()
    {
        using var numbers = arange(6, ScalarType.Float32).view(2, 3);
        using var transposed = numbers.t();
        using var row = numbers.select(0, 1);
        using var parameter = new Parameter(ones(2));
        using var scalar = tensor(5f);
        using var none = zeros(0, 4);
        SafetensorsWriter.Write(
            _folder["x.safetensors"],
            [new("transposed", transposed), new("row", row), new("parameter", parameter), new("scalar", scalar), new("none", none)]);

        using var file = SafetensorsFile.Open(_folder["x.safetensors"]);

        Assert.Equal([0f, 3, 1, 4, 2, 5], Values(file, "transposed"));
        Assert.Equal([3f, 4, 5], Values(file, "row"));
        Assert.Equal([1f, 1], Values(file, "parameter"));
        Assert.Equal([5f], Values(file, "scalar"));
        Assert.Equal([0, 4], file.Entries["none"].Shape);
    }

    [Fact]
    public void Names_that_need_escapes_come_back_as_they_went()
    {
        using var one = ones(1);
        string[] names = ["", "a \"quoted\" name", "ünïcödé 😀", "line\nbreak", "back\\slash"];
        SafetensorsWriter.Write(_folder["x.safetensors"], names.Select(name => KeyValuePair.Create(name, one)));

        using var file = SafetensorsFile.Open(_folder["x.safetensors"]);

        Assert.Equal(names, file.Entries.Keys);
    }

    [Fact]
    public void Wider_elements_come_first_so_that_all_are_aligned()
    {
        using var narrow = ones([3], ScalarType.Byte);
        using var half = ones([3], ScalarType.BFloat16);
        using var wide = ones([3], ScalarType.Int64);
        SafetensorsWriter.Write(_folder["x.safetensors"], [new("narrow", narrow), new("half", half), new("wide", wide)]);

        using var file = SafetensorsFile.Open(_folder["x.safetensors"]);

        Assert.Equal(["wide", "half", "narrow"], file.Entries.Keys);
        Assert.Equal(0, file.Entries["wide"].Offset % 8);
        Assert.Equal(0, file.Entries["half"].Offset % 2);
    }

    [Fact]
    public void A_name_given_twice_is_refused_and_leaves_no_file()
    {
        using var one = ones(1);

        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_folder["x.safetensors"], [new("t", one), new("t", one)]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(_folder["x.safetensors"], [new("__metadata__", one)]));

        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void A_type_that_the_format_lacks_is_refused_by_name_and_the_old_file_stays()
    {
        using var one = ones(1);
        using var complex = ones([1], ScalarType.ComplexFloat32);
        SafetensorsWriter.Write(_folder["x.safetensors"], [new("t", one)]);
        byte[] before = File.ReadAllBytes(_folder["x.safetensors"]);

        var error = Assert.Throws<NotSupportedException>(() => SafetensorsWriter.Write(_folder["x.safetensors"], [new("phase", complex)]));

        Assert.Contains("'phase'", error.Message);
        Assert.Equal(["x.safetensors"], _folder.Files);
        Assert.Equal(before, File.ReadAllBytes(_folder["x.safetensors"]));
    }

    [Fact]
    public void A_stream_gets_the_same_bytes_and_stays_open()
    {
        using var one = ones(3);
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(_folder["x.safetensors"], [new("t", one)]);

        SafetensorsWriter.Write(stream, [new("t", one)]);

        Assert.Equal(File.ReadAllBytes(_folder["x.safetensors"]), stream.ToArray());
        Assert.True(stream.CanWrite);
    }

    private static float[] Values(SafetensorsFile file, string name)
    {
        using var tensor = file.Read(name);
        using var flat = tensor.view(-1);
        return flat.data<float>().ToArray();
    }
}
