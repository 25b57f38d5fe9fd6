using System.Text;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>The keys and values at the beginning of a GGUF file, in the order in which they are added.</summary>
/// <remarks>Numbers of the types are those of the GGUF specification, version 3. All numbers are little endian.</remarks>
internal sealed class GgufMetadata
{
    private const int UInt32 = 4;
    private const int Int32 = 5;
    private const int Float32 = 6;
    private const int Bool = 7;
    private const int Text = 8;
    private const int Array = 9;

    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;
    private readonly HashSet<string> _keys = [];

    public GgufMetadata()
    {
        _writer = new BinaryWriter(_bytes);
    }

    public int Count => _keys.Count;

    public bool Contains(string key) => _keys.Contains(key);

    public ReadOnlySpan<byte> Bytes => _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);

    public void Add(string key, string value)
    {
        Begin(key, Text);
        WriteText(_writer, value);
    }

    public void Add(string key, bool value)
    {
        Begin(key, Bool);
        _writer.Write(value);
    }

    public void Add(string key, double value)
    {
        Begin(key, Float32);
        _writer.Write((float)value);
    }

    /// <summary>Adds a number of 0 or more.</summary>
    public void Add(string key, int value)
    {
        Begin(key, UInt32);
        _writer.Write(checked((uint)value));
    }

    public void Add(string key, IReadOnlyCollection<string> values) => AddArray(key, Text, values, value => WriteText(_writer, value));

    public void Add(string key, IReadOnlyCollection<int> values) => AddArray(key, Int32, values, _writer.Write);

    public void Add(string key, IReadOnlyCollection<float> values) => AddArray(key, Float32, values, _writer.Write);

    /// <summary>Writes a text in the format: its length in bytes, then UTF-8.</summary>
    public static void WriteText(BinaryWriter writer, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)utf8.Length);
        writer.Write(utf8);
    }

    private void AddArray<T>(string key, int type, IReadOnlyCollection<T> values, Action<T> write)
    {
        Begin(key, Array);
        _writer.Write(type);
        _writer.Write((ulong)values.Count);
        foreach (T value in values)
        {
            write(value);
        }
    }

    private void Begin(string key, int type)
    {
        if (!_keys.Add(key))
        {
            throw new ArgumentException($"The key '{key}' already exists.", nameof(key));
        }

        WriteText(_writer, key);
        _writer.Write(type);
    }
}
