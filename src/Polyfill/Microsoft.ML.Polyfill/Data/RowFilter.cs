using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill;

/// <summary>Keeps the rows whose value, of a column or drawn at random, lies in a range.</summary>
internal sealed class RowFilter
{
    private readonly Func<DataViewRow, Func<double>> _bind;
    private readonly ValueRange _range;

    private RowFilter(ValueRange range, DataViewSchema.Column? column, Func<DataViewRow, Func<double>> bind)
    {
        _range = range;
        _bind = bind;
        Column = column;
    }

    /// <summary>The column that the filter reads; without one it goes by the order of the rows.</summary>
    public DataViewSchema.Column? Column { get; }

    /// <summary>Draws a number in [0, 1) for each row in its turn, the same ones for the same seed.</summary>
    public static RowFilter AtRandom(uint seed, ValueRange range) => new(range, null, _ =>
    {
        var random = RandomUtils.Create(seed);
        return () => random.NextSingle();
    });

    /// <summary>Filters by a column of float or double.</summary>
    public static RowFilter ByValue(DataViewSchema.Column column, ValueRange range) => new(range, column, row =>
    {
        if (column.Type == NumberDataViewType.Single)
        {
            var single = row.GetGetter<float>(column);
            float value = 0;
            return () =>
            {
                single(ref value);
                return value;
            };
        }
        var @double = row.GetGetter<double>(column);
        double wide = 0;
        return () =>
        {
            @double(ref wide);
            return wide;
        };
    });

    /// <summary>Gives all rows with one key the same number in [0, 1).</summary>
    public static RowFilter BySamplingKey(DataViewSchema.Column column, uint seed, ValueRange range)
        => new(range, column, row => SamplingKey.Bind(row, column, seed));

    /// <summary>What says whether to keep the current row; to be asked once for each row.</summary>
    public Func<bool> Bind(DataViewRow row)
    {
        var value = _bind(row);
        return () => _range.Contains(value());
    }
}
