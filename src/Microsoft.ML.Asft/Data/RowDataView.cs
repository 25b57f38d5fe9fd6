using Microsoft.ML.Asft.Data.Formats;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Data;

/// <summary>The rows of files as text columns. Each cursor reads the files again.</summary>
internal sealed class RowDataView : IDataView
{
    /// <summary>The annotation with the <see cref="ValueKinds"/> of a column's values.</summary>
    private const string KindsAnnotation = "AsftValueKinds";

    private readonly IReadOnlyList<RowFile> _files;
    private readonly long _rows;
    private readonly bool _keepsInvalid;

    private RowDataView(IReadOnlyList<RowFile> files, DataViewSchema schema, long rows, bool keepsInvalid)
    {
        _files = files;
        _rows = rows;
        _keepsInvalid = keepsInvalid;
        Schema = schema;
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    /// <summary>Reads the files once: the columns are all fields that any row has, in the order in which they appear.</summary>
    /// <exception cref="InvalidDataException">A row cannot be read, or there are no rows.</exception>
    public static RowDataView Open(IReadOnlyList<RowFile> files, RowPolicy invalidRows = RowPolicy.Refuse)
    {
        bool keepsInvalid = invalidRows == RowPolicy.Skip;
        var columns = new OrderedDictionary<string, ValueKinds>(StringComparer.Ordinal);
        long rows = 0;
        foreach (RowFile file in files)
        {
            using RowReader reader = file.Read();
            if (reader.RowCount is { } count)
            {
                TakeColumns(reader, columns);
                rows += count;
                continue;
            }
            while (MoveNext(reader, columns, keepsInvalid))
            {
                rows++;
            }
        }
        if (columns.Count == 0)
        {
            throw new InvalidDataException(
                $"{string.Join(", ", files.Select(file => file.Name))} holds no rows. It needs rows such as {{\"instruction\": …, \"response\": …}}.");
        }
        var builder = new DataViewSchema.Builder();
        foreach ((string name, ValueKinds kinds) in columns)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.Add(KindsAnnotation, NumberDataViewType.Int32, (ref int value) => value = (int)kinds);
            builder.AddColumn(name, TextDataViewType.Instance, annotations.ToAnnotations());
        }
        return new(files, builder.ToSchema(), rows, keepsInvalid);
    }

    /// <summary>The kinds of values of a column; a column from another source may have any.</summary>
    public static ValueKinds KindsOf(DataViewSchema.Column column)
    {
        if (!IsOfFile(column))
        {
            return ValueKinds.Cell;
        }
        int kinds = 0;
        column.Annotations.GetValue(KindsAnnotation, ref kinds);
        return (ValueKinds)kinds;
    }

    /// <summary>Whether a column comes from a file of rows.</summary>
    public static bool IsOfFile(DataViewSchema.Column column) => column.Annotations.Schema.GetColumnOrNull(KindsAnnotation) is not null;

    public long? GetRowCount() => _rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new RowCursor(Schema, _files, columnsNeeded, _keepsInvalid);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static bool MoveNext(RowReader reader, OrderedDictionary<string, ValueKinds> columns, bool keepsInvalid)
    {
        try
        {
            if (!reader.MoveNext())
            {
                return false;
            }
            TakeColumns(reader, columns);
            return true;
        }
        catch (InvalidDataException) when (keepsInvalid && reader.CanContinue)
        {
            return true;
        }
    }

    private static void TakeColumns(RowReader reader, OrderedDictionary<string, ValueKinds> columns)
    {
        foreach ((string name, ValueKinds kind) in reader.Fields)
        {
            columns[name] = columns.TryGetValue(name, out ValueKinds known) ? known | kind : kind;
        }
    }
}
