using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill.Tests;

/// <summary>What every cursor does, of the data itself and of each view over it.</summary>
public class CursorTests
{
    private static readonly MLContext Ml = new(seed: 1);

    public static TheoryData<string> Views => ["data", "cache", "take", "skip", "filter", "split", "shuffle", "copy", "select"];

    [Theory]
    [MemberData(nameof(Views))]
    public void Position_counts_rows_and_is_minus_one_before_and_after(string view)
    {
        var data = Make(view);
        using var cursor = data.GetRowCursor(data.Schema);

        Assert.Equal(-1, cursor.Position);
        for (int position = 0; cursor.MoveNext(); position++)
            Assert.Equal(position, cursor.Position);
        Assert.Equal(-1, cursor.Position);
        Assert.False(cursor.MoveNext());
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Only_columns_that_were_asked_for_are_active(string view)
    {
        var data = Make(view);
        using var cursor = data.GetRowCursor([data.Schema["Text"]]);

        Assert.True(cursor.IsColumnActive(data.Schema["Text"]));
        Assert.False(cursor.IsColumnActive(data.Schema["Number"]));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_getter_of_another_type_is_refused(string view)
    {
        var data = Make(view);
        using var cursor = data.GetRowCursor(data.Schema);

        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(data.Schema["Number"]));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_row_keeps_its_values_together(string view)
    {
        var data = Make(view);
        using var cursor = data.GetRowCursor(data.Schema);
        var text = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["Text"]);
        var number = cursor.GetGetter<float>(data.Schema["Number"]);
        ReadOnlyMemory<char> textValue = default;
        float numberValue = 0;
        int rows = 0;
        while (cursor.MoveNext())
        {
            text(ref textValue);
            number(ref numberValue);
            Assert.Equal($"t{numberValue}", textValue.ToString());
            rows++;
        }
        Assert.InRange(rows, 1, 40);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_set_of_cursors_shares_the_rows_out(string view)
    {
        var data = Make(view);
        var expected = data.GetColumn<float>("Number").Order();

        var actual = new List<float>();
        foreach (var cursor in data.GetRowCursorSet(data.Schema, 3))
        {
            using (cursor)
            {
                var getter = cursor.GetGetter<float>(data.Schema["Number"]);
                float value = 0;
                while (cursor.MoveNext())
                {
                    getter(ref value);
                    actual.Add(value);
                }
            }
        }
        Assert.Equal(expected, actual.Order());
    }

    [Fact]
    public void An_inactive_column_has_no_getter()
    {
        var data = Make("data");
        using var cursor = data.GetRowCursor([data.Schema["Text"]]);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<float>(data.Schema["Number"]));

        Assert.StartsWith("requested column not active", error.Message);
    }

    [Fact]
    public void A_column_of_a_wider_schema_cannot_be_asked_for()
    {
        var narrow = Ml.Data.LoadFromEnumerable([new { Text = "t0" }]);

        Assert.Throws<InvalidOperationException>(() => narrow.GetRowCursor(Make("data").Schema));
    }

    [Fact]
    public void Ids_are_the_same_whichever_way_rows_are_reached()
    {
        var ids = Ids(Make("data"));

        Assert.Equal(40, ids.Values.Distinct().Count());
        foreach (string view in new[] { "take", "skip", "filter", "split", "shuffle", "copy", "select" })
            Assert.All(Ids(Make(view)), row => Assert.Equal(ids[row.Key], row.Value));
    }

    [Fact]
    public void An_id_has_descendants_that_do_not_meet()
    {
        // MurmurHash3 x64 128's block step, worked out from its reference implementation for h = (3, 5), k = 0.
        var id = new DataViewRowId(low: 3, high: 5);
        ulong low = (ulong.RotateLeft(3, 27) + 5) * 5 + 0x52dce729;
        ulong high = (ulong.RotateLeft(5, 31) + low) * 5 + 0x38495ab5;

        Assert.Equal(new DataViewRowId(low, high), id.Next());
        Assert.Equal(4, new[] { id, id.Next(), id.Fork(), id.Combine(id) }.Distinct().Count());
        Assert.Equal("00000000000000050000000000000003", id.ToString());
        Assert.True(new DataViewRowId(9, 1).CompareTo(new DataViewRowId(1, 2)) < 0);
    }

    private static IDataView Make(string view)
    {
        var data = Ml.Data.LoadFromEnumerable(Row.Some(40));
        return view switch
        {
            "data" => data,
            "cache" => Ml.Data.Cache(data),
            "take" => Ml.Data.TakeRows(data, 7),
            "skip" => Ml.Data.SkipRows(data, 30),
            "filter" => Ml.Data.FilterRowsByColumn(data, "Number", 3, 9),
            "split" => Ml.Data.TrainTestSplit(data, 0.3).TrainSet,
            "shuffle" => Ml.Data.ShuffleRows(data, seed: 3, shufflePoolSize: 6),
            "copy" => Ml.Transforms.CopyColumns("Copy", "Text").Fit(data).Transform(data),
            "select" => Ml.Transforms.SelectColumns("Number", "Text").Fit(data).Transform(data),
            _ => throw new ArgumentOutOfRangeException(nameof(view)),
        };
    }

    private static Dictionary<float, DataViewRowId> Ids(IDataView data)
    {
        using var cursor = data.GetRowCursor(data.Schema);
        var number = cursor.GetGetter<float>(data.Schema["Number"]);
        var id = cursor.GetIdGetter();
        var ids = new Dictionary<float, DataViewRowId>();
        float numberValue = 0;
        DataViewRowId idValue = default;
        while (cursor.MoveNext())
        {
            number(ref numberValue);
            id(ref idValue);
            ids.Add(numberValue, idValue);
        }
        return ids;
    }
}
