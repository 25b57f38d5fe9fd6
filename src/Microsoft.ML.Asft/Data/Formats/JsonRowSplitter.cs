using System.Buffers;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>
/// Splits a JSON text into rows without parsing them: the lines of JSON Lines, or if the text begins with <c>[</c> the elements
/// of that list, in any layout. Blank lines and a byte order mark are skipped.
/// </summary>
internal sealed class JsonRowSplitter(Stream stream)
{
    /// <summary>The longest row, in bytes.</summary>
    public const int LongestRow = 1 << 26;

    private static readonly SearchValues<byte> InText = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> OutsideText = SearchValues.Create("\"{}[],"u8);

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _isLast;
    private long _line = 1;
    private long _rowLine = 1;
    private long _row;
    private State _state;

    private enum State
    {
        Start,
        Lines,
        FirstElement,
        Elements,
        Done,
    }

    /// <summary>Gets the position of the last row.</summary>
    public string Place => _state is State.Elements or State.Done ? $"row {_row} (line {_rowLine})" : $"line {_rowLine}";

    /// <summary>Gets whether it is the first row.</summary>
    public bool IsFirst => _row == 1;

    /// <summary>Finds the next row.</summary>
    /// <returns>Its bytes, which the next call may overwrite; null at the end.</returns>
    /// <exception cref="JsonRowException">The text cannot be split into further rows.</exception>
    public ReadOnlyMemory<byte>? Next()
    {
        if (_state == State.Start)
        {
            _state = Begin();
        }
        return _state == State.Lines ? NextLine() : NextElement();
    }

    private State Begin()
    {
        if (Ensure(3) && _buffer.AsSpan(_start, 3).SequenceEqual("\uFEFF"u8))
        {
            _start += 3;
        }
        if (!SkipSpace() || _buffer[_start] != '[')
        {
            return State.Lines;
        }
        _start++;
        return State.FirstElement;
    }

    private ReadOnlyMemory<byte>? NextLine()
    {
        while (true)
        {
            int searched = 0;
            int length;
            while ((length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n')) < 0)
            {
                searched = _end - _start;
                _rowLine = _line;
                if (!Fill())
                {
                    break;
                }
            }
            _rowLine = _line;
            if (length < 0 && _start == _end)
            {
                return null;
            }
            int end = length < 0 ? _end : _start + searched + length;
            ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, end - _start);
            _start = length < 0 ? end : end + 1;
            _line++;
            if (line.Length > LongestRow)
            {
                throw TooLong();
            }
            if (line.Span.ContainsAnyExcept(" \t\r"u8))
            {
                _row++;
                return line;
            }
        }
    }

    private ReadOnlyMemory<byte>? NextElement()
    {
        bool isThere = SkipSpace();
        _rowLine = _line;
        if (_state == State.Done)
        {
            return isThere ? throw new JsonRowException("something follows the list, but the file must hold only the list") : null;
        }
        if (!isThere)
        {
            throw new JsonRowException("the file ends before its list does; it may be cut off");
        }
        if (_buffer[_start] == ']')
        {
            _start++;
            _state = State.Done;
            return NextElement();
        }
        if (_state == State.Elements)
        {
            if (_buffer[_start] != ',')
            {
                throw new JsonRowException("a comma or the end of the list is expected after this row");
            }
            _start++;
            isThere = SkipSpace();
            _rowLine = _line;
        }
        _state = State.Elements;
        _row++;
        int length = isThere ? ElementLength() : 0;
        if (length == 0)
        {
            throw new JsonRowException("a row is expected after the comma");
        }
        ReadOnlyMemory<byte> element = _buffer.AsMemory(_start, length);
        _line += element.Span.Count((byte)'\n');
        _start += length;
        return element;
    }

    /// <summary>Finds the end of the element that begins here.</summary>
    private int ElementLength()
    {
        (int at, int depth, bool inText) = (0, 0, false);
        while (true)
        {
            int found = _buffer.AsSpan(_start + at, _end - _start - at).IndexOfAny(inText ? InText : OutsideText);
            if (found < 0)
            {
                at = _end - _start;
                if (!Fill())
                {
                    throw new JsonRowException("the file ends before this row does; it may be cut off");
                }
                continue;
            }
            at += found;
            switch (_buffer[_start + at])
            {
                case (byte)'\\':
                    if (!Ensure(at + 2))
                    {
                        throw new JsonRowException("the file ends before this row does; it may be cut off");
                    }
                    at++;
                    break;
                case (byte)'"':
                    inText = !inText;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)',' when depth == 0:
                    return at;
                case (byte)'}' or (byte)']' when depth-- <= 1:
                    return depth < 0 ? at : at + 1;
            }
            at++;
        }
    }

    /// <summary>Skips white space; returns whether anything follows.</summary>
    private bool SkipSpace()
    {
        while (true)
        {
            int length = _buffer.AsSpan(_start, _end - _start).IndexOfAnyExcept(" \t\r\n"u8);
            int skipped = length < 0 ? _end - _start : length;
            _line += _buffer.AsSpan(_start, skipped).Count((byte)'\n');
            _start += skipped;
            if (length >= 0)
            {
                return true;
            }
            if (!Fill())
            {
                return false;
            }
        }
    }

    private bool Ensure(int length)
    {
        while (_end - _start < length)
        {
            if (!Fill())
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Moves unused bytes to the front of the buffer and reads more after them.</summary>
    private bool Fill()
    {
        int rest = _end - _start;
        if (_isLast)
        {
            return false;
        }
        if (rest > LongestRow)
        {
            throw TooLong();
        }
        byte[] buffer = rest > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        Buffer.BlockCopy(_buffer, _start, buffer, 0, rest);
        (_buffer, _start) = (buffer, 0);
        int read = stream.Read(_buffer, rest, _buffer.Length - rest);
        _end = rest + read;
        _isLast = read == 0;
        return read > 0;
    }

    private static JsonRowException TooLong() => new($"it is longer than {LongestRow >> 20} MB, which is too long for an example");
}
