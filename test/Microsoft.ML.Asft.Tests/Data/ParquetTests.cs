using Microsoft.ML.Asft.Data;
using Microsoft.ML.Asft.Data.Formats;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests.Data;

/// <summary>Files that DuckDB wrote; Golden/parquet/make.sql says what is in them.</summary>
public sealed class ParquetTests
{
    [Fact]
    public void Values_of_every_simple_type_are_text() => Assert.Equal(
        "instruction=Name a colour.;response=Blue.;id=1;score=0.5;kept=true;day=2024-07-26T00:00:00.0000000Z\n"
        + "instruction=Name a number.;response=Sept é 😀;id=2",
        Read("flat.parquet"));

    [Fact]
    public void Lists_and_structures_are_JSON_with_every_null_and_every_empty_list_in_its_place() => Assert.Equal(
        """
        messages=[{"role":"user","content":"Hi","weight":null,"tool_calls":null},
        {"role":"assistant","content":"Ho","weight":0,"tool_calls":[]},
        {"role":"user","content":"And?","weight":null,"tool_calls":null},
        {"role":"assistant","content":null,"weight":1,"tool_calls":[{"function":{"name":"tide","arguments":"{\"quay\": 4}"}}]}];tags=["a",null,""]
        """.ReplaceLineEndings("")
        + "\nmessages=[]\ntags=[]",
        Read("nested.parquet"));

    [Fact]
    public void Row_groups_follow_each_other()
    {
        Assert.Equal(
            string.Join('\n', Enumerable.Range(0, 5000).Select(i => $"prompt=q{i};completion=a{i}")), Read("groups.parquet"));
        using RowReader reader = new RowFile("groups.parquet", () => File.OpenRead(PathOf("groups.parquet"))).Read();
        for (int i = 0; i < 4500; i++)
        {
            Assert.True(reader.MoveNext());
        }
        Assert.Equal("groups.parquet, row 4500", reader.Place);
        Assert.Equal("q4499", reader.Text("prompt"));
    }

    [Fact]
    public void A_file_damaged_anywhere_gives_rows_or_an_error_that_names_it()
    {
        byte[] whole = File.ReadAllBytes(PathOf("nested.parquet"));
        var random = new Random(7);
        for (int i = 0; i < 1000; i++)
        {
            byte[] file = [.. whole];
            file[random.Next(4, file.Length)] = (byte)random.Next(256);
            Exception? error = Record.Exception(() => RowTexts.Of(RowDataView.Open([new RowFile("x.parquet", () => new MemoryStream(file))])));

            Assert.True(error is null or InvalidDataException, error?.ToString());
            Assert.True(error is null || error.Message.StartsWith("x.parquet", StringComparison.Ordinal), error?.Message);
        }
    }

    [Fact]
    public void A_column_without_a_name_is_an_error()
    {
        byte[] file = File.ReadAllBytes(PathOf("flat.parquet"));
        int name = file.AsSpan().IndexOf("\u000Binstruction"u8);         // first in the footer, after the type and number of the field
        file[name - 1] = 0x98;                                          // another number

        Assert.StartsWith("x.parquet: ", Assert.Throws<InvalidDataException>(() => Open(file)).Message, StringComparison.Ordinal);
        Assert.Contains("element 2 of the schema has no name", Assert.Throws<InvalidDataException>(() => Open(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4 + 3, new byte[] { 0xD4, 0x7F })]                            // the page's header: its uncompressed size
    [InlineData(4 + 17, new byte[] { 0xFF, 0xFF, 0xFF, 0x04 })]               // Snappy's own length
    public void A_page_that_claims_more_than_its_column_has_is_an_error_before_memory_is_reserved(int position, byte[] claim)
    {
        byte[] file = File.ReadAllBytes(PathOf("flat.parquet"));
        Assert.Equal([0x15, 0x00, 0x15, 0x54, 0x15, 0x48, 0x2C], file[4..11]);   // a page of 42 bytes
        Assert.Equal(42, file[4 + 17]);
        claim.CopyTo(file, position);

        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<InvalidDataException>(() => RowTexts.Of(Open(file))).Message;

        Assert.Contains("page", message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 23);
    }

    private static RowDataView Open(byte[] file) => RowDataView.Open([new RowFile("x.parquet", () => new MemoryStream(file))]);

    private static string PathOf(string name) => Path.Combine(Golden.Folder, "parquet", name);

    private static string Read(string name) => RowTexts.Of(new MLContext().Data.LoadAsftData(PathOf(name)));
}
