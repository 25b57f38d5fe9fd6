using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill.Tests;

public class CreateEnumerableTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public CreateEnumerableTests() => _data = _ml.Data.LoadFromEnumerable(Row.Some(4));

    [Fact]
    public void The_row_object_is_reused_when_asked()
    {
        Assert.Single(_ml.Data.CreateEnumerable<Row>(_data, reuseRowObject: true).Distinct());
        Assert.Equal(4, _ml.Data.CreateEnumerable<Row>(_data, reuseRowObject: false).Distinct().Count());
    }

    [Fact]
    public void A_missing_column_is_an_error_before_anything_is_read()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.CreateEnumerable<Other>(_data, reuseRowObject: false));

        Assert.StartsWith("Could not find  column 'Missing'", error.Message);
    }

    [Fact]
    public void A_missing_column_leaves_the_member_alone_when_asked()
    {
        var rows = _ml.Data.CreateEnumerable<Other>(_data, reuseRowObject: false, ignoreMissingColumns: true).ToArray();

        Assert.Equal(["t0", "t1", "t2", "t3"], rows.Select(row => row.Text));
        Assert.All(rows, row => Assert.Equal(17, row.Missing));
    }

    [Fact]
    public void A_member_of_another_type_than_its_column_is_refused()
    {
        var error = Assert.Throws<InvalidOperationException>(() => _ml.Data.CreateEnumerable<Whole>(_data, reuseRowObject: false));

        Assert.Equal(
            "Can't bind the IDataView column 'Number' of type 'Single' to field or property 'Number' of type 'System.Int32'.",
            error.Message);
    }

    [Fact]
    public void A_column_can_be_read_alone_and_text_as_strings_and_vectors_as_arrays()
    {
        Assert.Equal(["t0", "t1", "t2", "t3"], _data.GetColumn<string>("Text"));
        Assert.Equal("t1", _data.GetColumn<ReadOnlyMemory<char>>("Text").ElementAt(1).ToString());
        Assert.Equal([2f, -2f], _data.GetColumn<float[]>("Vector").ElementAt(2));
        Assert.Equal(["a3", "b"], _data.GetColumn<string[]>("Words").ElementAt(3));
        Assert.Equal([0f, 1f, 2f, 3f], _data.GetColumn<float>(_data.Schema["Number"]));
    }

    [Fact]
    public void Reading_a_column_as_something_else_is_refused()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _data.GetColumn<int>("Number"));

        Assert.StartsWith(
            "Cannot map column (name: Number, type: Single) in data to the user-defined type, System.Int32.", error.Message);
    }

    [Fact]
    public void A_preview_has_the_first_rows_by_row_and_by_column()
    {
        var preview = _data.Preview(maxRows: 2);

        Assert.Equal("8 columns, 2 rows", preview.ToString());
        Assert.Equal(new KeyValuePair<string, object>("Number", 1f), preview.RowView[1].Values[0]);
        Assert.Equal([0f, 1f], preview.ColumnView[0].Values);
    }

    private sealed class Other
    {
        public string Text { get; set; } = "";

        public int Missing { get; set; } = 17;
    }

    private sealed class Whole
    {
        public int Number { get; set; }
    }
}
