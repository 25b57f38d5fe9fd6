using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>
/// A JSON Lines file that grows during a run. The entries are also kept in memory. The file is created with the first entry. If the disk is
/// full, an entry is written together with a later one.
/// </summary>
internal sealed class RunLog<T> : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new NullForNaN() },
    };

    private readonly List<T> _entries = [];
    private readonly string? _path;
    private readonly Action<string> _warn;
    private readonly bool _writes;
    private FileStream? _stream;
    private int _written;

    /// <param name="path">The file; <see langword="null"/> to keep the entries only in memory.</param>
    /// <param name="warn">Receives a warning if an entry cannot be written.</param>
    /// <param name="writes">Whether this process writes the file. If another worker writes it, this process only reads it.</param>
    public RunLog(string? path, Action<string> warn, bool writes = true)
    {
        _path = path;
        _warn = warn;
        _writes = writes;
    }

    /// <summary>Gets the entries so far.</summary>
    public IReadOnlyList<T> Entries => _entries;

    /// <summary>
    /// Reads the entries of a resumed run up to its checkpoint, and removes the others from the file: a run that was killed may have gone further than
    /// its checkpoint.
    /// </summary>
    /// <param name="belongs">Whether an entry was written before the checkpoint.</param>
    public void Restore(Func<T, bool> belongs)
    {
        if (_path is null || !File.Exists(_path))
        {
            return;
        }

        long length = 0;
        foreach (string line in File.ReadLines(_path))
        {
            if (TryParse(line) is not { } entry || !belongs(entry))
            {
                break;
            }

            _entries.Add(entry);
            length += System.Text.Encoding.UTF8.GetByteCount(line) + 1;
        }

        if (!_writes)
        {
            return;
        }

        _stream = Open(_path, FileMode.Open);
        _stream.SetLength(length);
        _stream.Position = length;
        _written = _entries.Count;
    }

    /// <summary>Deletes the file of an earlier run.</summary>
    public void Discard()
    {
        if (_writes && _path is not null && File.Exists(_path))
        {
            File.Delete(_path);
        }
    }

    public void Add(T entry)
    {
        _entries.Add(entry);
        if (_path is null || !_writes)
        {
            return;
        }

        long whole = _stream?.Length ?? 0;
        try
        {
            if (_stream is null)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
                _stream = Open(_path, FileMode.Create);
            }

            _stream.Write([.. _entries.Skip(_written).SelectMany(e => (byte[])[.. JsonSerializer.SerializeToUtf8Bytes(e, Json), (byte)'\n'])]);
            _written = _entries.Count;
        }
        catch (IOException e)
        {
            _stream?.SetLength(whole);
            if (_written == _entries.Count - 1)
            {
                _warn($"{_path} cannot be written. The missing lines will be written as soon as possible. {e.Message}");
            }
        }
    }

    /// <summary>Flushes the file to the disk, so that its lines survive a power failure.</summary>
    public void Flush() => _stream?.Flush(flushToDisk: true);

    public void Dispose() => _stream?.Dispose();

    // Without a buffer, a line is written when Write returns.
    private static FileStream Open(string path, FileMode mode) => new(path, mode, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    private static T? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Json);
        }
        catch (JsonException)
        {
            return default;  // the last line is incomplete if the run was killed while writing it
        }
    }

    private sealed class NullForNaN : JsonConverter<double>
    {
        public override bool HandleNull => true;

        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
