using Microsoft.ML.Asft.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Safetensors;

/// <summary>A header that lies is found out when the file is opened: one test a lie.</summary>
public sealed class SafetensorsHeaderTests : IDisposable
{
    private const string Tensor = """{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_shorter_than_the_length_of_its_header_is_refused(int length) =>
        Refused(new byte[length], $"it has only {length} bytes");

    [Theory]
    [InlineData(100_000_001)]
    [InlineData(ulong.MaxValue)]
    [InlineData(long.MaxValue)]
    public void A_header_longer_than_the_format_allows_is_refused_without_reading_it(ulong length) =>
        Refused(SafetensorsBytes.WithLength(length, "{}"), $"claims a header of {length} bytes");

    [Fact]
    public void A_header_longer_than_the_file_is_refused() =>
        Refused(SafetensorsBytes.WithLength(3, "{}"), "its header of 3 bytes does not fit into the file's 10; it is truncated");

    [Fact]
    public void A_pointer_of_Git_LFS_is_recognised() =>
        Refused("version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 12\n"u8.ToArray(), "git lfs pull");

    [Theory]
    [InlineData("", "does not begin with '{'")]
    [InlineData(" {}", "does not begin with '{'")]
    [InlineData("[]", "does not begin with '{'")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{}{}", "not valid JSON")]
    [InlineData("""{"a\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", "not valid JSON")]
    [InlineData("""{"t":{"dtype":"\ud800","shape":[0],"data_offsets":[0,0]}}""", "not valid JSON")]
    public void A_header_that_is_no_JSON_object_is_refused(string header, string because) => Refused(SafetensorsBytes.Of(header), because);

    [Fact]
    public void A_header_nested_without_end_is_refused() =>
        Refused(SafetensorsBytes.Of("{\"t\":" + new string('[', 100_000)), "not valid JSON");

    [Theory]
    [InlineData("1", "is not described by an object")]
    [InlineData("null", "is not described by an object")]
    [InlineData("""{"shape":[2],"data_offsets":[0,8]}""", "has no dtype")]
    [InlineData("""{"dtype":4,"shape":[2],"data_offsets":[0,8]}""", "has a dtype that is not a string")]
    [InlineData("""{"dtype":"F31","shape":[2],"data_offsets":[0,8]}""", "has the dtype 'F31'")]
    [InlineData("""{"dtype":"F32","data_offsets":[0,8]}""", "has no shape")]
    [InlineData("""{"dtype":"F32","shape":2,"data_offsets":[0,8]}""", "has a shape that is not a list")]
    [InlineData("""{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}""", "has a shape with values that are not")]
    [InlineData("""{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}""", "has a shape with values that are not")]
    [InlineData("""{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}""", "has a shape with values that are not")]
    [InlineData("""{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}""", "has a shape with values that are not")]
    [InlineData("""{"dtype":"F32","shape":[2]}""", "has no data_offsets")]
    [InlineData("""{"dtype":"F32","shape":[2],"data_offsets":[8]}""", "which are not a range of the 8 bytes")]
    [InlineData("""{"dtype":"F32","shape":[2],"data_offsets":[0,8,16]}""", "which are not a range of the 8 bytes")]
    [InlineData("""{"dtype":"F32","shape":[2],"data_offsets":[8,0]}""", "which are not a range of the 8 bytes")]
    [InlineData("""{"dtype":"F32","shape":[3],"data_offsets":[0,12]}""", "which are not a range of the 8 bytes")]
    [InlineData("""{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}""", "has a data_offsets with values that are not")]
    [InlineData("""{"dtype":"F32","shape":[3],"data_offsets":[0,8]}""", "of shape [3] and dtype F32 cannot take 8 bytes")]
    [InlineData("""{"dtype":"F16","shape":[2],"data_offsets":[0,8]}""", "of shape [2] and dtype F16 cannot take 8 bytes")]
    [InlineData("""{"dtype":"F4","shape":[3],"data_offsets":[0,1]}""", "of shape [3] and dtype F4 cannot take 1 bytes")]
    [InlineData("""{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}""", "cannot take 0 bytes")]
    [InlineData("""{"dtype":"U8","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}""", "cannot take 0 bytes")]
    [InlineData("""{"dtype":"F32","shape":[2],"data_offsets":[0,8],"dtype":"F32"}""", "Duplicate")]
    public void A_tensor_that_cannot_be_is_refused_by_name(string tensor, string because)
    {
        string message = Refused(SafetensorsBytes.Of($$"""{"t":{{tensor}}}""", new byte[8]), because);

        Assert.Contains(because == "Duplicate" ? "dtype" : "tensor 't'", message);
    }

    [Fact]
    public void A_tensor_of_a_million_dimensions_is_refused()
    {
        string shape = string.Join(",", Enumerable.Repeat(1, 1_000_000));

        Refused(SafetensorsBytes.Of($$"""{"t":{"dtype":"U8","shape":[{{shape}}],"data_offsets":[0,1]} }""", 1), "has 1000000 dimensions");
    }

    [Fact]
    public void A_name_that_occurs_twice_is_refused() =>
        Refused(SafetensorsBytes.Of($$"""{"t":{{Tensor}},"t":{{Tensor}}}""", new byte[8]), "'t'");

    [Fact]
    public void Tensors_that_overlap_are_refused() => Refused(
        SafetensorsBytes.Of($$"""{"t":{{Tensor}},"u":{"dtype":"F32","shape":[1],"data_offsets":[4,8]} }""", new byte[8]),
        "tensor 'u' in its header begins at byte 120, inside the tensor before it");

    [Fact]
    public void A_hole_between_tensors_is_refused() => Refused(
        SafetensorsBytes.Of($$"""{"t":{{Tensor}},"u":{"dtype":"F32","shape":[1],"data_offsets":[12,16]} }""", new byte[16]),
        "tensor 'u' in its header begins at byte 130 and leaves a gap");

    [Fact]
    public void A_hole_before_the_first_tensor_is_refused() => Refused(
        SafetensorsBytes.Of("""{"u":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", new byte[8]),
        "tensor 'u' in its header begins at byte 66 and leaves a gap");

    [Fact]
    public void Data_after_the_last_tensor_are_refused() => Refused(
        SafetensorsBytes.Of($$"""{"t":{{Tensor}}}""", new byte[9]), "its tensors end at byte 70, and the file at byte 71");

    [Theory]
    [InlineData("""{"__metadata__":[]}""")]
    [InlineData("""{"__metadata__":{"format":1}}""")]
    public void Metadata_that_are_not_texts_are_refused(string header) => Refused(SafetensorsBytes.Of(header), "'__metadata__'");

    [Fact]
    public void A_truncated_file_is_refused_wherever_it_was_cut()
    {
        byte[] whole = SafetensorsBytes.Floats(("a", [1, 2]), ("b", [3]));
        for (int length = 0; length < whole.Length; length++)
        {
            Refused(whole[..length], "The file is damaged or incomplete");
        }
    }

    private string Refused(byte[] content, string because)
    {
        string path = _folder.Write("x.safetensors", content);

        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));

        Assert.StartsWith(path, error.Message);
        Assert.Contains(because, error.Message);
        return error.Message;
    }
}
