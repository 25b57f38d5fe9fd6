using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Data;

/// <summary>The column of a schema with the rows' weights.</summary>
internal static class WeightColumn
{
    /// <summary>Whether a column can hold weights.</summary>
    public static bool CanBe(DataViewType? type) =>
        type is TextDataViewType || type == NumberDataViewType.Single || type == NumberDataViewType.Double;

    /// <summary>Reads the weight of the row that a cursor stands at, each time it is called.</summary>
    /// <exception cref="InvalidDataException">From the returned function: it is no number above 0.</exception>
    public static Func<double> ReaderOf(DataViewRow row, DataViewSchema.Column column)
    {
        Func<double> read = column.Type is TextDataViewType ? Reader<ReadOnlyMemory<char>>(row, column, Parse)
            : column.Type == NumberDataViewType.Single ? Reader<float>(row, column, value => value)
            : Reader<double>(row, column, value => value);
        return () =>
        {
            double weight = read();
            return weight > 0 && double.IsFinite(weight) ? weight : throw new InvalidDataException(
                $"column '{column.Name}': a weight must be a number above 0{(double.IsNaN(weight) ? ", and this is none, or the row has none" : "")}. "
                + "Correct it, or take the row out");
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
