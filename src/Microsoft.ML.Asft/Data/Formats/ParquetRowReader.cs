using Parquet;
using Parquet.Meta;
using Parquet.Schema;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>Reads the requested columns of a Parquet file, one row group at a time.</summary>
internal sealed class ParquetRowReader : RowReader
{
    // The limits of a column in one row group, because it is read as a whole. A run of equal values takes almost no space, so a small file may have
    // many values. The limits without bytes and per byte refuse the numbers that a damaged file may claim.
    private const long MostBytes = 1L << 31;
    private const long MostValues = 1L << 26;
    private const long MostValuesWithoutBytes = 1L << 21;
    private const long MostValuesPerByte = 8;
    private const long MostCompression = 100;

    private readonly string _name;
    private readonly Stream _stream;
    private readonly ParquetReader _reader;
    private readonly DataField[] _leaves;
    private readonly Dictionary<string, ParquetField> _fields = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<ParquetNode> _nodes;
    private int _group = -1;
    private long _next;
    private long _row;

    /// <param name="name">The file's name in messages.</param>
    /// <param name="stream">The file, a seekable stream.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public ParquetRowReader(string name, Stream stream)
    {
        (_name, _stream) = (name, stream);
        _reader = Guard(() =>
        {
            ParquetThrift.CheckFooter(stream);
            return ParquetReader.CreateAsync(stream, leaveStreamOpen: true).GetAwaiter().GetResult();
        });
        (_leaves, _nodes) = Guard(() => (_reader.Schema.GetDataFields(), ParquetNode.Of(_reader.Metadata!.Schema)));
    }

    public override string Place => _row == 0 ? _name : $"{_name}, row {_row}";

    public override IEnumerable<(string Name, ValueKinds Kind)> Fields => _nodes.Select(node => (node.Name, node.Kind));

    public override long? RowCount => _reader.Metadata!.RowGroups.Sum(group => group.NumRows);

    private RowGroup Group => _reader.Metadata!.RowGroups[_group];

    public override bool MoveNext()
    {
        while (_group < 0 || _next == Group.NumRows)
        {
            if (_group + 1 >= _reader.RowGroupCount)
            {
                return false;
            }
            _group++;
            _next = 0;
            CloseFields();
        }
        _next++;
        _row++;
        return true;
    }

    public override string Text(string name)
    {
        if (!_fields.TryGetValue(name, out ParquetField? opened))
        {
            ParquetNode? node = _nodes.FirstOrDefault(node => node.Name == name);
            opened = node is null ? null : Guard(() => Open(node));
            if (opened is null)
            {
                return "";
            }
            _fields.Add(name, opened);
        }
        object? value = Guard(() => opened.Read(_next - 1));
        try
        {
            return ParquetValue.ToText(value);
        }
        catch (NotSupportedException error)
        {
            throw Wrong($"column '{name}': {error.Message}", error);
        }
    }

    public override void Dispose()
    {
        CloseFields();
        _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stream.Dispose();
    }

    private ParquetField Open(ParquetNode node)
    {
        ColumnMetaData[] columns = [.. Group.Columns.Skip(node.FirstLeaf).Take(node.LeafCount).Select(column => column.MetaData!)];
        if (columns.Length < node.LeafCount || Array.Exists(columns, column => column.NumValues < Group.NumRows))
        {
            throw new InvalidDataException($"column '{node.Name}' of row group {_group + 1} has fewer values than the group has rows");
        }
        if (Array.Exists(columns, column => column.TotalUncompressedSize > MostBytes || column.NumValues > MostValues))
        {
            throw new NotSupportedException(
                $"column '{node.Name}' of row group {_group + 1} has more than {MostBytes >> 30} GB or {MostValues:N0} values. Write the file with smaller row groups");
        }
        if (columns.FirstOrDefault(column => column.NumValues > MostValuesIn(column)) is { } claim)
        {
            throw new InvalidDataException(
                $"column '{node.Name}' of row group {_group + 1} claims {claim.NumValues:N0} values in {claim.TotalUncompressedSize:N0} bytes. If they are there, write the file with smaller row groups");
        }
        Array.ForEach(columns, column => ParquetThrift.CheckPages(_stream, column));
        using ParquetRowGroupReader group = _reader.OpenRowGroupReader(_group);
        return new(node, [.. _leaves.Skip(node.FirstLeaf).Take(node.LeafCount).Select(leaf =>
            new ParquetColumn(leaf, group.ReadRawColumnDataBaseAsync(leaf).AsTask().GetAwaiter().GetResult()))]);
    }

    private long MostValuesIn(ColumnMetaData column) =>
        MostValuesWithoutBytes + (MostValuesPerByte * Math.Min(column.TotalUncompressedSize, MostCompression * _stream.Length));

    private void CloseFields()
    {
        foreach (ParquetField open in _fields.Values)
        {
            open.Dispose();
        }
        _fields.Clear();
    }

    // The library throws many kinds of exceptions for damaged files.
    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (NotSupportedException error)
        {
            throw Fatal(error.Message, error);
        }
        catch (Exception error) when (error is not (OutOfMemoryException or OperationCanceledException))
        {
            throw Fatal($"the Parquet file is damaged, or uses a feature that is not supported ({error.Message.TrimEnd('.')})", error);
        }
    }
}
