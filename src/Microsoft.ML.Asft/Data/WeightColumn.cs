using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Data;

/// <summary>The column of a schema with the rows' weights.</summary>
internal static class WeightColumn
{
    /// <summary>Whether a column can hold weights.</summary>
    public static bool CanBe(DataViewType? type) =>
        type is TextDataViewType || type == NumberDataViewType.Single || type == NumberDataViewType.Double;

    /// <summary>Returns a function that reads the weight of a cursor's current row.</summary>
    /// <exception cref="InvalidDataException">The returned function throws it if the weight is not a number above 0.</exception>
    public static Func<double> ReaderOf(DataViewRow row, DataViewSchema.Column column)
    {
        Func<double> read = column.Type is TextDataViewType ? Reader<ReadOnlyMemory<char>>(row, column, Parse)
            : column.Type == NumberDataViewType.Single ? Reader<float>(row, column, value => value)
            : Reader<double>(row, column, value => value);
        return () =>
        {
            double weight = read();
            return weight > 0 && double.IsFinite(weight) ? weight : throw new InvalidDataException(
                $"column '{column.Name}': a weight must be a number above 0{(double.IsNaN(weight) ? "; this is not a number, or the row has none" : "")}. "
                + "Correct it, or remove the row");
        };
    }

    private static Func<double> Reader<T>(DataViewRow row, DataViewSchema.Column column, Func<T, double> convert)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }

    private static double Parse(ReadOnlyMemory<char> text) =>
        double.TryParse(text.Span, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) ? weight : double.NaN;
}
