using System.Reflection;
using Parquet.Data;
using Parquet.Schema;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>Iterates over the entries of a leaf column of a row group: their levels, and their values if they have one.</summary>
internal sealed class ParquetColumn : IDisposable
{
    private static readonly MethodInfo Getter = typeof(ParquetColumn).GetMethod(nameof(GetterOf), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly RawColumnData _data;
    private readonly int _maxDefinition;
    private readonly int _maxRepetition;
    private readonly int _valueCount;
    private readonly Func<int, object> _value;
    private int _entry;
    private int _next;

    public ParquetColumn(DataField field, RawColumnData data)
    {
        _data = data;
        (_maxDefinition, _maxRepetition) = (field.MaxDefinitionLevel, field.MaxRepetitionLevel);
        System.Type type = data.GetType().GetGenericArguments()[0];
        (_valueCount, _value) = ((int, Func<int, object>))Getter.MakeGenericMethod(type).Invoke(null, [data])!;
    }

    /// <summary>Gets the definition level of the entry after this one.</summary>
    public int Definition => _maxDefinition == 0 ? 0 : _entry < _data.DefinitionLevels.Length ? _data.DefinitionLevels[_entry] : throw TooShort();

    /// <summary>Gets the repetition level of the entry after this one; 0 at the end.</summary>
    public int Repetition => _maxRepetition == 0 || _entry >= _data.RepetitionLevels.Length ? 0 : _data.RepetitionLevels[_entry];

    /// <summary>Takes the next entry.</summary>
    /// <returns>Its value, or null if it has none.</returns>
    /// <exception cref="InvalidDataException">There are no more.</exception>
    public object? Take()
    {
        bool has = Definition == _maxDefinition;
        _entry++;
        return !has ? null : _next < _valueCount ? _value(_next++) : throw TooShort();
    }

    public void Dispose() => _data.Dispose();

    private static InvalidDataException TooShort() => new("a column has fewer values than its row group has rows");

    private static (int, Func<int, object>) GetterOf<T>(RawColumnData<T> data)
        where T : struct => (data.Values.Length, i => data.Values[i] is ReadOnlyMemory<char> text ? text.ToString() : data.Values[i]);
}
