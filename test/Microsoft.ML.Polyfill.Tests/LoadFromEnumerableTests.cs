using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill.Tests;

public class LoadFromEnumerableTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Fields_come_before_properties_and_each_has_the_type_of_its_member()
    {
        var schema = _ml.Data.LoadFromEnumerable(Row.Some(1)).Schema;

        Assert.Equal(
            [
                "Number: Single", "Wide: Double", "Vector: Vector<Single>", "Category: Key<UInt32, 0-4>",
                "Text: String", "Long: Int64", "Flag: Boolean", "Words: Vector<String>",
            ],
            schema.Select(column => column.ToString()));
    }

    [Fact]
    public void Attributes_change_name_and_type()
    {
        var schema = _ml.Data.LoadFromEnumerable([new Attributed()]).Schema;

        Assert.Equal(
            ["Sized: Vector<Single, 3>", "Matrix: Vector<Int32, 2, 3>", "Keys: Vector<Key<Byte, 0-3>>", "Other: String"],
            schema.Select(column => column.ToString()));
    }

    [Fact]
    public void Rows_come_back_as_they_went_in()
    {
        var rows = Row.Some(3);

        var back = _ml.Data.CreateEnumerable<Row>(_ml.Data.LoadFromEnumerable(rows), reuseRowObject: false).ToArray();

        Assert.Equal(rows.Select(row => row.Text), back.Select(row => row.Text));
        Assert.Equal(rows.Select(row => row.Number), back.Select(row => row.Number));
        Assert.Equal(rows.Select(row => row.Wide), back.Select(row => row.Wide));
        Assert.Equal(rows.Select(row => row.Long), back.Select(row => row.Long));
        Assert.Equal(rows.Select(row => row.Flag), back.Select(row => row.Flag));
        Assert.Equal(rows.Select(row => row.Vector), back.Select(row => row.Vector));
        Assert.Equal(rows.Select(row => row.Words), back.Select(row => row.Words));
    }

    [Fact]
    public void A_category_counts_from_one_in_its_column_and_0_is_for_what_is_none()
    {
        var data = _ml.Data.LoadFromEnumerable(new uint[] { 0, 4, 5 }.Select(category => new Row { Category = category }));

        Assert.Equal([1u, 5u, 0u], data.GetColumn<uint>("Category"));
    }

    [Fact]
    public void Null_text_is_empty_text()
    {
        var data = _ml.Data.LoadFromEnumerable([new Row { Text = null }]);

        Assert.Equal([""], data.GetColumn<string>("Text"));
    }

    [Fact]
    public void The_row_count_is_known_for_a_collection_only()
    {
        Assert.Equal(4, _ml.Data.LoadFromEnumerable(Row.Some(4)).GetRowCount());
        Assert.Null(_ml.Data.LoadFromEnumerable(Row.Some(4).Where(row => row.Flag)).GetRowCount());
    }

    [Fact]
    public void Nothing_is_enumerated_before_a_cursor_moves_and_each_cursor_enumerates_anew()
    {
        int read = 0;
        var data = _ml.Data.LoadFromEnumerable(Row.Some(3).Select(row =>
        {
            read++;
            return row;
        }));
        using var cursor = data.GetRowCursor(data.Schema);
        Assert.Equal(0, read);

        Assert.Equal(3, data.GetColumn<float>("Number").Count());
        Assert.Equal(3, data.GetColumn<float>("Number").Count());
        Assert.Equal(6, read);
    }

    [Fact]
    public void A_null_row_is_refused_when_it_is_reached()
    {
        var data = _ml.Data.LoadFromEnumerable<Row>([new Row(), null!]);

        var error = Assert.Throws<InvalidOperationException>(() => data.GetColumn<float>("Number").Count());

        Assert.Equal("Encountered null when iterating over data, this is not supported.", error.Message);
    }

    [Fact]
    public void A_member_that_no_column_can_hold_is_named()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable([new Unsupported()]));

        Assert.StartsWith("Could not determine an IDataView type and registered custom types for member Thing", error.Message);
    }

    [Fact]
    public void Two_members_with_one_column_name_are_refused()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable([new Duplicate()]));

        Assert.StartsWith("Duplicate column name 'X' detected, this is disallowed", error.Message);
    }

    [Fact]
    public void A_definition_can_rename_a_column_fix_its_size_and_annotate_it()
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Text"].ColumnName = "Renamed";
        definition["Vector"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        definition["Vector"].AddAnnotation("SlotNames", new[] { "x", "y" }, new VectorDataViewType(TextDataViewType.Instance, 2));

        var schema = _ml.Data.LoadFromEnumerable(Row.Some(1), definition).Schema;

        Assert.Null(schema.GetColumnOrNull("Text"));
        Assert.Equal("Renamed: String", schema["Renamed"].ToString());
        Assert.Equal("Vector: Vector<Single, 2> {SlotNames}", schema["Vector"].ToString());
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Vector"].Annotations.GetValue("SlotNames", ref names);
        Assert.Equal(["x", "y"], names.DenseValues().Select(name => name.ToString()));
    }

    [Fact]
    public void A_definition_that_does_not_fit_its_member_is_refused()
    {
        var definition = SchemaDefinition.Create(typeof(Row));
        definition["Text"].ColumnType = NumberDataViewType.Single;

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.LoadFromEnumerable(Row.Some(1), definition));

        Assert.StartsWith("Column 'Text' is supposed to have item type System.Single, but associated field has type", error.Message);
    }

    [Fact]
    public void The_types_of_a_schema_win_over_those_of_the_members()
    {
        var sized = SchemaDefinition.Create(typeof(Row));
        sized["Vector"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        var schema = _ml.Data.LoadFromEnumerable(Row.Some(1), sized).Schema;

        Assert.Equal(schema["Vector"].Type, _ml.Data.LoadFromEnumerable(Row.Some(1), schema).Schema["Vector"].Type);
    }

    private sealed class Attributed
    {
        [ColumnName("Other"), LoadColumn(0)]
        public string Text { get; set; } = "";

        [VectorType(3)]
        public float[] Sized = [];

        [VectorType(2, 3)]
        public int[] Matrix = [];

        [KeyType(4)]
        public byte[] Keys = [];
    }

    private sealed class Unsupported
    {
        public object? Thing { get; set; }
    }

    private sealed class Duplicate
    {
        [ColumnName("X")]
        public int A { get; set; }

        [ColumnName("X")]
        public int B { get; set; }
    }
}
