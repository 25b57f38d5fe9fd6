using System.IO.Compression;
using System.Text;
using Microsoft.ML.Asft.Data;
using Microsoft.ML.Asft.Data.Formats;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests.Data;

public sealed class RowFormatTests : IDisposable
{
    private const string Expected = "instruction=Say \"hi\", twice.\nPlease.;response=hi; hi\ninstruction=é 😀;response=b";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> SameRows { get; } = new()
    {
        { "a.jsonl", "{\"instruction\": \"Say \\\"hi\\\", twice.\\nPlease.\", \"response\": \"hi; hi\"}\n{\"instruction\": \"é 😀\", \"response\": \"b\"}\n" },
        { "a.json", "[{\"instruction\": \"Say \\\"hi\\\", twice.\\nPlease.\", \"response\": \"hi; hi\"},{\"instruction\": \"é 😀\", \"response\": \"b\"}]" },
        { "b.json", "\uFEFF\n[\n  {\n    \"instruction\": \"Say \\\"hi\\\", twice.\\nPlease.\",\n    \"response\": \"hi; hi\"\n  },\n  {\"instruction\": \"é 😀\", \"response\": \"b\"}\n]\n" },
        { "a.csv", "instruction,response\r\n\"Say \"\"hi\"\", twice.\nPlease.\",hi; hi\r\né 😀,b\r\n" },
        { "b.csv", "\uFEFFinstruction;response\n\"Say \"\"hi\"\", twice.\nPlease.\";\"hi; hi\"\n\né 😀;b" },
        { "a.tsv", "instruction\tresponse\n\"Say \"\"hi\"\", twice.\nPlease.\"\thi; hi\né 😀\tb\n" },
        { "unnamed", "[{\"instruction\": \"Say \\\"hi\\\", twice.\\nPlease.\", \"response\": \"hi; hi\"},{\"instruction\": \"é 😀\", \"response\": \"b\"}]" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(SameRows))]
    public void Each_format_gives_the_same_rows_packed_or_not(string name, string content)
    {
        Assert.Equal(Expected, Read(_folder.Write(name, content)));
        Assert.Equal(Expected, Read(Pack(name + ".gz", Encoding.UTF8.GetBytes(content))));
        Assert.Equal(Expected, Read(Pack(name, Encoding.UTF8.GetBytes(content))));
    }

    [Fact]
    public void A_column_without_a_name_as_pandas_writes_its_index_is_named_as_pandas_names_it() => Assert.Equal(
        "Unnamed: 0=0;q=a;r=b", Read(_folder.Write("a.csv", ",q,r\n0,a,b\n")));

    [Theory]
    [InlineData("a.csv", "q,r\na,b\nc\n", "line 3: the line has 1 cells, but the first line names 2 columns")]
    [InlineData("a.csv", "q,q\na,b\n", "line 1: two columns are named 'q'")]
    [InlineData("a.csv", "q,r\na,\"b\n", "a quote is not closed")]
    [InlineData("a.csv", "q,r\na,5\" pipe\n", "a quote is not closed")]
    [InlineData("a.csv", "q,r\na,b\0\n", "line 2: a cell has a NUL character")]
    [InlineData("a.tsv", "q\tr\na\tb\tc\n", "line 2: the line has 3 cells")]
    [InlineData("a.csv", "", "holds no rows")]
    [InlineData("a.txt", "Once upon a time\n", "is not in a known format")]
    [InlineData("a.parquet", "<html>\n", "is not a Parquet file: it does not begin like one")]
    [InlineData("a.parquet", "PAR1 and nothing", "the Parquet file is damaged")]
    public void What_is_wrong_with_a_table_is_told_with_file_and_line(string name, string content, string message)
    {
        string file = _folder.Write(name, content);

        var error = Assert.Throws<InvalidDataException>(() => Read(file));
        Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("425A683931", "compressed by bzip2")]
    [InlineData("FD377A585A00", "compressed by xz")]
    [InlineData("504B0304", "is a zip file")]
    [InlineData("4152524F5731", "is an Arrow file")]
    [InlineData("53514C69746520666F726D61742033", "is an SQLite database")]
    [InlineData("FFFE7B00", "is UTF-16")]
    [InlineData("47475546", "is a model in GGUF")]
    [InlineData("40000000000000007B22", "is a safetensors file")]
    public void A_file_of_another_kind_is_named_for_what_it_is(string bytes, string message)
    {
        foreach (string name in (string[])["train.jsonl", "train.csv", "train.parquet", "train"])
        {
            string file = Path.Combine(_folder.Path, name);
            File.WriteAllBytes(file, Convert.FromHexString(bytes));

            Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Read(file)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_table_that_is_not_UTF8_is_refused()
    {
        string file = Path.Combine(_folder.Path, "latin1.csv");
        File.WriteAllBytes(file, Encoding.Latin1.GetBytes("q,r\na,é\n"));

        Assert.Contains("is not UTF-8. Convert the file", Assert.Throws<InvalidDataException>(() => Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_file_that_is_cut_off_or_unpacks_to_endless_nothing_is_refused()
    {
        byte[] packed = File.ReadAllBytes(Pack("a.jsonl.gz", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\": 1}\n", 50_000)))));
        string file = Path.Combine(_folder.Path, "b.jsonl.gz");
        foreach (int missing in (int[])[1, 8, 9, 20, 100])
        {
            File.WriteAllBytes(file, packed[..^missing]);
            Assert.StartsWith($"{file}", Assert.Throws<InvalidDataException>(() => Read(file)).Message, StringComparison.Ordinal);
        }
        File.WriteAllBytes(file, [.. packed, .. Packed("{\"a\": 2}\n"u8.ToArray())]);
        Assert.EndsWith("a=1\na=2", Read(file), StringComparison.Ordinal);
        File.WriteAllBytes(file, [.. packed[..^1], (byte)(packed[^1] + 1)]);
        Assert.Throws<InvalidDataException>(() => Read(file));

        using var bomb = new GzipRows("bomb.gz", new MemoryStream(Packed(new byte[300 << 20])));
        var error = Assert.Throws<InvalidDataException>(() => bomb.CopyTo(Stream.Null));
        Assert.StartsWith("bomb.gz: the gzip file unpacks to more than 200 times its size", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.jsonl.zst", "{\"a\": 1}\n{\"a\": 2}\n")]
    [InlineData("a.csv.zst", "a\n1\n2\n")]
    [InlineData("a", "[{\"a\": 1}, {\"a\": 2}]")]
    public void Each_format_may_be_compressed_by_Zstandard(string name, string text)
    {
        string file = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(file, Zstandard(Encoding.UTF8.GetBytes(text)));

        Assert.Equal("a=1\na=2", Read(file));
    }

    [Fact]
    public void A_Zstandard_file_that_is_cut_off_damaged_or_unpacks_to_endless_nothing_is_refused()
    {
        byte[] packed = Zstandard(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\": 1}\n", 50_000))));
        string file = Path.Combine(_folder.Path, "b.jsonl.zst");
        for (int missing = 1; missing < packed.Length - 4; missing++)
        {
            File.WriteAllBytes(file, packed[..^missing]);
            Assert.StartsWith($"{file}: the Zstandard file is damaged or cut off", Assert.Throws<InvalidDataException>(() => Read(file)).Message, StringComparison.Ordinal);
        }
        File.WriteAllBytes(file, [.. packed, .. Zstandard("{\"a\": 2}\n"u8.ToArray())]);
        Assert.EndsWith("a=1\na=2", Read(file), StringComparison.Ordinal);
        File.WriteAllBytes(file, [.. packed[..^1], (byte)(packed[^1] + 1)]);     // the checksum
        Assert.Throws<InvalidDataException>(() => Read(file));

        using var bomb = new ZstandardRows("bomb.zst", new MemoryStream(Zstandard(new byte[300 << 20])));
        var error = Assert.Throws<InvalidDataException>(() => bomb.CopyTo(Stream.Null));
        Assert.StartsWith("bomb.zst: the Zstandard file unpacks to more than 200 times its size", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_cannot_be_read_are_rows_whose_values_cannot_be_got_where_they_are_kept()
    {
        string file = _folder.Write("a.csv", "q,r\na,b\nc\nd,e\n");
        IDataView data = new MLContext().Data.LoadAsftData(file, invalidRows: RowPolicy.Skip);

        Assert.Equal(3, data.GetRowCount());
    }

    [Fact]
    public void Standard_input_can_be_read_twice()
    {
        var spooled = SpooledInput.Of(new MemoryStream("{\"a\": 1}\n{\"a\": 2}\n"u8.ToArray()));
        IDataView data = RowDataView.Open([new RowFile("standard input", spooled.Open)]);

        Assert.Equal("a=1\na=2", RowTexts.Of(data));
        Assert.Equal("a=1\na=2", RowTexts.Of(data));
    }

    private static string Read(string file) => RowTexts.Of(new MLContext().Data.LoadAsftData(file));

    private string Pack(string name, byte[] content)
    {
        string file = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(file, Packed(content));
        return file;
    }

    private static byte[] Zstandard(byte[] content)
    {
        using var compressor = new ZstdSharp.Compressor();
        compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return compressor.Wrap(content).ToArray();
    }

    private static byte[] Packed(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(content);
        }
        return packed.ToArray();
    }
}
