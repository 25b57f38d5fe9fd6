using System.Text;
using nietras.SeparatedValues;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>
/// Reads a table of separated values (RFC 4180). The first line names the columns. A cell with a separator, a quote or a
/// line feed must be quoted.
/// </summary>
internal sealed class CsvRowReader : RowReader
{
    private readonly string _name;
    private readonly SepReader _reader;
    private readonly OrderedDictionary<string, int> _columns = new(StringComparer.Ordinal);
    private string[] _cells = [];
    private long _line = 1;
    private long _nextLine = 1;

    /// <param name="name">The file's name in messages.</param>
    /// <param name="stream">The file, in UTF-8.</param>
    /// <param name="separator">The separator of cells; null to take the one of the first line: a comma, a semicolon or a tab.</param>
    /// <exception cref="InvalidDataException">The first line does not name columns.</exception>
    public CsvRowReader(string name, Stream stream, char? separator)
    {
        _name = name;
        var text = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true));
        Sep? given = separator is { } character ? new Sep(character) : null;
        try
        {
            _reader = new SepReaderOptions(given) { HasHeader = false, Unescape = false, DisableColCountCheck = true }.From(text);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException or InvalidDataException)
        {
            text.Dispose();
            throw Unreadable(error);
        }
        try
        {
            ReadHeader();
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    public override string Place => $"{_name}, line {_line}";

    public override IEnumerable<(string Name, ValueKinds Kind)> Fields => _columns.Keys.Select(name => (name, ValueKinds.Cell));

    public override bool MoveNext()
    {
        while (ReadCells() is { } cells)
        {
            if (cells is [""])
            {
                continue;  // a blank line
            }
            _cells = cells;
            return cells.Length == _columns.Count ? true : throw Wrong(
                $"the line has {cells.Length} cells, but the first line names {_columns.Count} columns. Quote cells that contain the separator");
        }
        return false;
    }

    public override string Text(string name) => _columns.TryGetValue(name, out int column) ? _cells[column] : "";

    public override void Dispose() => _reader.Dispose();

    private void ReadHeader()
    {
        foreach (string cell in ReadCells() ?? [])
        {
            // A column without a name gets the name that pandas gives it. The index that pandas writes is such a column.
            string name = cell.Length > 0 ? cell : $"Unnamed: {_columns.Count}";
            if (!_columns.TryAdd(name, _columns.Count))
            {
                throw Fatal($"two columns are named '{name}'; rename one of them");
            }
        }
    }

    private string[]? ReadCells()
    {
        try
        {
            if (!_reader.MoveNext())
            {
                return null;
            }
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException or InvalidDataException)
        {
            throw Unreadable(error);
        }
        SepReader.Row row = _reader.Current;
        _line = _nextLine;
        _nextLine += row.Span.Count('\n') + 1;
        var cells = new string[row.ColCount];
        for (int i = 0; i < cells.Length; i++)
        {
            cells[i] = Unquote(row[i].Span);
        }
        return cells;
    }

    private string Unquote(ReadOnlySpan<char> cell)
    {
        if (cell.Contains('\0'))
        {
            throw Wrong("a cell has a NUL character; the file is not a table in UTF-8");
        }
        if (!cell.Contains('"'))
        {
            return cell.ToString();
        }
        string inner = cell.Length >= 2 && cell[0] == '"' && cell[^1] == '"' ? cell[1..^1].ToString() : "\"";
        string text = inner.Replace("\"\"", "", StringComparison.Ordinal);
        return !text.Contains('"') ? inner.Replace("\"\"", "\"", StringComparison.Ordinal) : throw Wrong(
            "a quote is not closed, or not doubled within a quoted cell. A cell with a quote in it is written \"like \"\"this\"\"\"");
    }

    private InvalidDataException Unreadable(Exception error) => error is DecoderFallbackException
        ? Fatal("what follows is not UTF-8. Convert the file, for example with iconv -t UTF-8", error)
        : Fatal($"what follows is not a table ({error.Message.TrimEnd('.')})", error);
}
