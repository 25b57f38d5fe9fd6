using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Asft.Data;
using Microsoft.ML.Asft.Data.Formats;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Tests.Data;

public sealed class JsonLinesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_field_of_any_line_is_a_column_of_text()
    {
        IDataView data = Load("""
            {"instruction": "Add é 😀 \u0041", "response": "3"}
            {"response": 4.50, "id": 7, "ok": true, "messages": [ {"role": "user"} ], "none": null}
            """);

        Assert.Equal(["instruction", "response", "id", "ok", "messages", "none"], data.Schema.Select(column => column.Name));
        Assert.All(data.Schema, column => Assert.Equal(TextDataViewType.Instance, column.Type));
        Assert.Equal(["Add é 😀 A", "3", "", "", "", ""], Rows(data)[0]);
        Assert.Equal(["", "4.50", "7", "true", "[ {\"role\": \"user\"} ]", ""], Rows(data)[1]);
        Assert.Equal(2, data.GetRowCount());
    }

    [Fact]
    public void Blank_lines_a_byte_order_mark_and_either_line_end_do_not_matter()
    {
        IDataView data = Load("\uFEFF\r\n{\"a\": 1}\r\n  \t\r\n\n{\"a\": 2}\n{\"a\": 3}");

        Assert.Equal(["1", "2", "3"], Rows(data).Select(row => row[0]));
        Assert.Equal(["1"], Rows(Load("\uFEFF{\"a\": 1}")).Select(row => row[0]));
    }

    [Fact]
    public void Rows_can_be_read_again_and_side_by_side()
    {
        IDataView data = Load("{\"a\": 1}\n{\"a\": 2}\n");
        using DataViewRowCursor first = data.GetRowCursor(data.Schema);
        using DataViewRowCursor second = data.GetRowCursorSet(data.Schema, 2).Single();

        Assert.Equal(["1", "2"], Values(first));
        Assert.Equal(["1", "2"], Values(second));
    }

    [Fact]
    public void Lines_of_any_length_are_read_whole()
    {
        int[] lengths = [1, 65_530, 65_536, 65_537, 200_000, 3, 1_000_000, 131_072];
        IDataView data = Load(string.Join('\n', lengths.Select(length => $"{{\"a\": \"{new string('é', length)}\"}}")));

        Assert.Equal(lengths, Rows(data).Select(row => row[0].Length));
    }

    [Fact]
    public void Mlnet_sees_ordinary_rows()
    {
        var context = new MLContext();
        IDataView data = Load("{\"Prompt\": \"a\", \"Response\": \"b\"}\n{\"Prompt\": \"c\"}\n");

        IEnumerable<string> Shown(IDataView rows) =>
            context.Data.CreateEnumerable<Row>(rows, reuseRowObject: false).Select(row => $"{row.Prompt}+{row.Response}");

        Assert.Equal(["a+b", "c+"], Shown(data));
        Assert.Equal(["c+"], Shown(context.Data.SkipRows(data, 1)));
    }

    [Theory]
    [InlineData("{\"a\": 1}\n\n{\"a\": }\n", "line 3: it is not a JSON object")]
    [InlineData("{\"a\": 1}\n{\"a\": 2", "line 2: it is not a JSON object")]
    [InlineData("[1]\n", "row 1 (line 1): each row must be a JSON object, but this is Number.")]
    [InlineData("[\n {\"a\": 1},\n\n {\"a\": }\n]\n", "row 2 (line 4): it is not a JSON object")]
    [InlineData("[{\"a\": 1}, [2]]", "row 2 (line 1): each row must be a JSON object, but this is Array.")]
    [InlineData("[{\"a\": 1} {\"a\": 2}]", "row 1 (line 1): a comma or the end of the list is expected after this row.")]
    [InlineData("[{\"a\": 1},\n]", "row 2 (line 2): a row is expected after the comma.")]
    [InlineData("[{\"a\": 1},", "row 2 (line 1): a row is expected after the comma.")]
    [InlineData("[{\"a\": 1}", "row 1 (line 1): the file ends before its list does")]
    [InlineData("[{\"a\": \"\\", "row 1 (line 1): the file ends before this row does")]
    [InlineData("[{\"a\": 1}]\n{\"a\": 2}", "row 1 (line 2): something follows the list")]
    [InlineData("[]", "holds no rows")]
    [InlineData("{\"a\": 1}\n5\n", "line 2: each row must be a JSON object, but this is Number.")]
    [InlineData("{\n  \"a\": 1\n}\n", "line 1: it is not a JSON object: ")]
    [InlineData("{\n  \"a\": 1\n}\n", "If objects span several lines, convert the file with jq -c .")]
    [InlineData("question,answer\na,b\n", "A table with a line of column names must end in .csv or .tsv.")]
    [InlineData("{\"a\": 1, \"a\": 2}\n", "line 1: it is not a JSON object")]
    [InlineData("{\"a\": 1}\n{\"\": 1}\n", "line 2: a field has no name.")]
    [InlineData("", "holds no rows")]
    [InlineData("\n\n", "holds no rows")]
    [InlineData("{}\n", "holds no rows")]
    public void What_is_wrong_is_told_with_file_and_line(string content, string message)
    {
        string file = _folder.Write("train.jsonl", content);

        var error = Assert.Throws<InvalidDataException>(() => new MLContext().Data.LoadAsftData(file));
        Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_not_Unicode_is_refused()
    {
        string file = Path.Combine(_folder.Path, "latin1.jsonl");
        File.WriteAllBytes(file, Encoding.Latin1.GetBytes("{\"a\": \"b\"}\n{\"a\": \"é\"}\n"));

        var error = Assert.Throws<InvalidDataException>(() => new MLContext().Data.LoadAsftData(file));
        Assert.Equal($"{file}, line 2: it is not UTF-8. Convert the file, for example with iconv -t UTF-8.", error.Message);

        IDataView half = Load("{\"a\": \"b\"}\n{\"a\": \"\\ud800\"}\n");
        Assert.Contains("line 2: ", Assert.Throws<InvalidDataException>(() => Rows(half)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Load("{\"\\ud800\": 1}\n"));
    }

    [Fact]
    public void A_line_that_never_ends_is_refused_before_it_fills_the_memory()
    {
        using var reader = new JsonRowReader("train.jsonl", new Endless());

        var error = Assert.Throws<InvalidDataException>(() => reader.MoveNext());
        Assert.Equal("train.jsonl, line 1: it is longer than 64 MB, which is too long for an example.", error.Message);
    }

    [Fact]
    public void A_mangled_file_gives_rows_or_an_error_that_names_it()
    {
        byte[] whole = Encoding.UTF8.GetBytes("""
            {"instruction": "é 😀", "response": "b\u00e9\ud83d\ude00"}
            {"messages": [{"role": "user", "content": "a"}], "n": [1.5e3, null, true]}

            """);
        string[] pieces = ["{", "}", "\"", "\\", "\\ud800", "[", "]", ",", ":", "\n", "\r", "\0", "1e999", "\uFEFF", "é"];
        Arbitrary<(int Place, int Gone, byte[] Added)[]> changes = Arb.From((
            from place in Gen.Choose(0, whole.Length)
            from gone in Gen.Choose(0, 3)
            from added in Gen.Elements(pieces)
            from length in Gen.Choose(1, 7)
            select (place, gone, Encoding.UTF8.GetBytes(added).Take(length).ToArray())).ArrayOf());

        Prop.ForAll(changes, all =>
        {
            byte[] file = all.Aggregate(whole, (bytes, change) =>
            {
                int at = Math.Min(change.Place, bytes.Length);
                return [.. bytes[..at], .. change.Added, .. bytes[Math.Min(bytes.Length, at + change.Gone)..]];
            });
            Exception? error = Record.Exception(() => Rows(RowDataView.Open([new RowFile("x.jsonl", () => new MemoryStream(file))])));

            Assert.True(error is null or InvalidDataException, error?.ToString());
            Assert.True(error is null || error.Message.StartsWith("x.jsonl", StringComparison.Ordinal), error?.Message);
            Assert.True(all.Length > 0 || error is null, error?.Message);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        string file = Path.Combine(_folder.Path, "none.jsonl");

        Assert.Equal(file, Assert.Throws<FileNotFoundException>(() => new MLContext().Data.LoadAsftData(file)).FileName);
    }

    [Fact]
    public void A_getter_outside_a_row_or_of_another_type_is_refused()
    {
        IDataView data = Load("{\"a\": 1, \"b\": 2}\n");
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema["a"]]);
        ValueGetter<ReadOnlyMemory<char>> getter = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["a"]);
        ReadOnlyMemory<char> value = default;

        Assert.Throws<InvalidOperationException>(() => getter(ref value));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(data.Schema["a"]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["b"]));
        Assert.False(cursor.IsColumnActive(data.Schema["b"]));
        Assert.True(cursor.MoveNext());
        getter(ref value);
        Assert.Equal("1", value.ToString());
        Assert.False(cursor.MoveNext());
        Assert.Equal(-1, cursor.Position);
        Assert.Throws<InvalidOperationException>(() => getter(ref value));
    }

    private IDataView Load(string content) => new MLContext().Data.LoadAsftData(_folder.Write("train.jsonl", content));

    private static List<string[]> Rows(IDataView data)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        ValueGetter<ReadOnlyMemory<char>>[] getters = [.. data.Schema.Select(column => cursor.GetGetter<ReadOnlyMemory<char>>(column))];
        ReadOnlyMemory<char> value = default;
        var rows = new List<string[]>();
        while (cursor.MoveNext())
        {
            Assert.Equal(rows.Count, cursor.Position);
            rows.Add([.. getters.Select(getter =>
            {
                getter(ref value);
                return value.ToString();
            })]);
        }
        return rows;
    }

    private static List<string> Values(DataViewRowCursor cursor)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = cursor.GetGetter<ReadOnlyMemory<char>>(cursor.Schema[0]);
        var values = new List<string>();
        ReadOnlyMemory<char> value = default;
        while (cursor.MoveNext())
        {
            getter(ref value);
            values.Add(value.ToString());
        }
        return values;
    }

    private sealed class Row
    {
        public string? Prompt { get; set; }

        public string? Response { get; set; }
    }

    private sealed class Endless : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'x');
            return count;
        }
    }
}
