using System.Text.Json;
using System.Text.Unicode;

namespace Microsoft.ML.Asft.Text;

/// <summary>
/// Reads one JSON object after another from a text that has one on each line. Blank lines and a byte order mark are skipped.
/// </summary>
internal sealed class JsonLinesReader(string name, Stream stream) : IDisposable
{
    /// <summary>The longest line that is read, in bytes.</summary>
    public const int LongestLine = 1 << 26;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _isLast;
    private long _line;

    /// <summary>Gets whether there is a way on behind a line that is no object; a line without end has none.</summary>
    public bool CanGoOn { get; private set; } = true;

    /// <summary>Goes to the next object.</summary>
    /// <returns>It, for the caller to dispose of; null at the end.</returns>
    /// <exception cref="InvalidDataException">A line is something else; the message names it.</exception>
    public JsonDocument? Next()
    {
        while (NextLine() is { } line)
        {
            if (line.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return Parse(line);
            }
        }
        return null;
    }

    /// <summary>Gives a value as the text of a column: text as it is, an absent one as no text, and all else as its JSON.</summary>
    /// <exception cref="InvalidDataException">It is not valid Unicode.</exception>
    public string TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString()!,
                JsonValueKind.Null => "",
                _ => value.GetRawText(),
            };
        }
        catch (InvalidOperationException error)
        {
            throw Wrong("a text has half of a surrogate pair, which is no Unicode", error);
        }
    }

    /// <summary>Says what is wrong with the line that was read last.</summary>
    public InvalidDataException Wrong(string what, Exception? cause = null) => new($"{name}, line {_line}: {what.TrimEnd('.')}.", cause);

    public void Dispose() => stream.Dispose();

    private JsonDocument Parse(ReadOnlyMemory<byte> line)
    {
        if (!Utf8.IsValid(line.Span))
        {
            throw Wrong("it is not UTF-8. Convert the file, such as with iconv -t UTF-8");
        }
        try
        {
            JsonDocument row = JsonDocument.Parse(line, Options);
            if (row.RootElement.ValueKind == JsonValueKind.Object)
            {
                return row;
            }
            string kind = row.RootElement.ValueKind.ToString();
            row.Dispose();
            throw Wrong($"each line must be a JSON object, and this is {kind}");
        }
        catch (JsonException error)
        {
            bool isList = _line == 1 && line.Span.TrimStart(" \t"u8)[0] == '[';
            string hint = isList ? " A file that is one list is made into lines by jq -c '.[]'" : "";
            throw Wrong($"it is not a JSON object: {error.Message}{hint}", error);
        }
        catch (InvalidOperationException error)
        {
            throw Wrong("the name of a field is not valid Unicode", error);
        }
    }

    private ReadOnlyMemory<byte>? NextLine()
    {
        int searched = _start;
        while (true)
        {
            int length = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (length >= 0 || (_isLast && _end > _start))
            {
                int end = length < 0 ? _end : searched + length;
                Memory<byte> line = _buffer.AsMemory(_start, end - _start);
                _start = length < 0 ? end : end + 1;
                _line++;
                return line.Length > LongestLine ? throw TooLong() : _line == 1 && line.Span.StartsWith("\uFEFF"u8) ? line[3..] : line;
            }
            if (_isLast)
            {
                return null;
            }
            searched = _end - _start;
            Fill();
        }
    }

    /// <summary>Moves what has not been used to the front of the buffer and reads more behind it.</summary>
    private void Fill()
    {
        int rest = _end - _start;
        if (rest > LongestLine)
        {
            _line++;
            throw TooLong();
        }
        byte[] buffer = rest > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        Buffer.BlockCopy(_buffer, _start, buffer, 0, rest);
        (_buffer, _start) = (buffer, 0);
        int read = stream.Read(_buffer, rest, _buffer.Length - rest);
        _end = rest + read;
        _isLast = read == 0;
    }

    private InvalidDataException TooLong()
    {
        CanGoOn = false;
        return Wrong($"it is longer than {LongestLine >> 20} MB, which no example is");
    }
}
