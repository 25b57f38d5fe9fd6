using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Safetensors;

/// <summary>
/// A safetensors file open for reading. Its header is read and checked when it is opened. Its tensors are read on request,
/// directly into their own memory.
/// </summary>
/// <remarks>
/// Several threads may read at the same time. The file is read, not mapped: pages of a mapping would count as the process's memory
/// in addition to the tensors.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    // Elements that a thread reads as one piece of work. Most of the time is spent on page faults of new memory,
    // which one thread handles at little more than 1 GB/s.
    private const long PartLength = 1 << 19;

    // Elements converted at a time: they stay in a core's cache, and torch converts so few without extra threads.
    private const long ConversionLength = 1 << 15;
    private const int ComparisonLength = 1 << 18;

    private readonly SafeFileHandle? _handle;
    private readonly ReadOnlyMemory<byte> _content;
    private readonly string _path;
    private readonly int _headerLength;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(string path, SafeFileHandle? handle, ReadOnlyMemory<byte> content)
    {
        (_path, _handle, _content) = (path, handle, content);
        FileLength = handle is null ? content.Length : RandomAccess.GetLength(handle);
        byte[] prefix = new byte[Math.Min(SafetensorsHeader.PrefixLength, FileLength)];
        ReadExactly(0, prefix);
        _headerLength = SafetensorsHeader.LengthFrom(path, prefix, FileLength);
        byte[] json = new byte[_headerLength];
        ReadExactly(SafetensorsHeader.PrefixLength, json);
        _header = SafetensorsHeader.Parse(path, json, FileLength);
    }

    /// <summary>Gets the tensors by name, in the order of their data in the file.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>Gets the texts of the header's <c>__metadata__</c>; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Gets the file's length in bytes.</summary>
    internal long FileLength { get; }

    /// <summary>Gets the file's name in errors.</summary>
    internal string Path => _path;

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is truncated, or its header violates the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        var handle = File.OpenHandle(path);
        try
        {
            return new SafetensorsFile(path, handle, default);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads a file that is already in memory, for example from an archive.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">Its name in errors.</param>
    /// <exception cref="InvalidDataException">The content is truncated, or its header violates the format.</exception>
    public static SafetensorsFile Open(ReadOnlyMemory<byte> content, string name) => new(name, null, content);

    /// <summary>Reads a tensor into new memory.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="dtype">The type to convert to; the stored type if <see langword="null"/>.</param>
    /// <param name="device">The device; the CPU if <see langword="null"/>.</param>
    /// <returns>A contiguous tensor that is independent of the file.</returns>
    /// <exception cref="InvalidDataException">There is no such tensor, or the file has become shorter since it was opened.</exception>
    /// <exception cref="NotSupportedException">The tensor is stored in a type that is not supported.</exception>
    public Tensor Read(string name, ScalarType? dtype = null, Device? device = null)
    {
        var entry = Find(name);
        var tensor = empty(entry.Shape, dtype ?? DTypeOf(entry), device ?? CPU);
        try
        {
            ReadInto(name, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor into an existing one, and converts to its type. Autograd does not record it.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">
    /// A tensor of the same shape, of any type, on any device; a contiguous one is filled without a second copy.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// There is no such tensor, its shape is different, or the file has become shorter since it was opened.
    /// </exception>
    /// <exception cref="NotSupportedException">The tensor is stored in a type that is not supported.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        var entry = Find(name);
        if (!destination.shape.AsSpan().SequenceEqual(entry.Shape))
        {
            throw new InvalidDataException(
                $"{_path}: tensor '{name}' has the shape [{string.Join(", ", entry.Shape)}], but [{string.Join(", ", destination.shape)}] "
                + "is needed. The weights and config.json do not belong together: use both from the same model.");
        }

        using var noGrad = no_grad();
        using var plain = destination.detach();
        if (plain.is_contiguous())
        {
            Fill(entry, plain);
        }
        else
        {
            using var contiguous = empty(entry.Shape, plain.dtype, CPU);
            Fill(entry, contiguous);
            plain.copy_(contiguous);
        }
    }

    /// <summary>Closes the file. Tensors read from it stay.</summary>
    public void Dispose() => _handle?.Dispose();

    /// <summary>Reads the raw header, with its length in front.</summary>
    internal byte[] ReadHeader()
    {
        byte[] header = new byte[SafetensorsHeader.PrefixLength + _headerLength];
        ReadExactly(0, header);
        return header;
    }

    /// <summary>Compares the data of two tensors of the same length byte by byte, a piece at a time.</summary>
    internal bool HasSameBytes(string name, SafetensorsFile other, string otherName)
    {
        var (a, b) = (Find(name), other.Find(otherName));
        byte[] mine = new byte[ComparisonLength];
        byte[] others = new byte[ComparisonLength];
        for (long done = 0; done < a.Length; done += ComparisonLength)
        {
            int length = (int)Math.Min(ComparisonLength, a.Length - done);
            ReadExactly(a.Offset + done, mine.AsSpan(0, length));
            other.ReadExactly(b.Offset + done, others.AsSpan(0, length));
            if (!mine.AsSpan(0, length).SequenceEqual(others.AsSpan(0, length)))
            {
                return false;
            }
        }

        return a.Length == b.Length;
    }

    // The destination is contiguous.
    private void Fill(SafetensorsEntry entry, Tensor destination)
    {
        using var flat = destination.view(-1);
        long count = flat.NumberOfElements;
        var workers = new ParallelOptions { MaxDegreeOfParallelism = flat.device_type == DeviceType.CPU ? Environment.ProcessorCount : 1 };
        try
        {
            Parallel.For(0, (count + PartLength - 1) / PartLength, workers, part =>
            {
                long start = part * PartLength;
                using var target = flat.narrow(0, start, Math.Min(PartLength, count - start));
                FillPart(entry, start, target);
            });
        }
        catch (AggregateException e) when (e.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
        }
    }

    private void FillPart(SafetensorsEntry entry, long start, Tensor target)
    {
        var stored = DTypeOf(entry);
        if (target.dtype == stored && target.device_type == DeviceType.CPU)
        {
            ReadElements(entry, start * target.ElementSize, target.bytes);
            return;
        }

        long count = target.NumberOfElements;
        using var buffer = empty([Math.Min(count, target.device_type == DeviceType.CPU ? ConversionLength : PartLength)], stored, CPU);
        long step = buffer.NumberOfElements;
        for (long done = 0; done < count; done += step)
        {
            long length = Math.Min(step, count - done);
            using var source = buffer.narrow(0, 0, length);
            using var piece = target.narrow(0, done, length);
            ReadElements(entry, (start + done) * buffer.ElementSize, source.bytes);
            piece.copy_(source);
        }
    }

    private void ReadElements(SafetensorsEntry entry, long offset, Span<byte> bytes)
    {
        ReadExactly(entry.Offset + offset, bytes);
        if (entry.StoredType == "BOOL")
        {
            // A bool with a byte other than 0 and 1 is undefined in torch.
            foreach (ref byte element in bytes)
            {
                element = Math.Min(element, (byte)1);
            }
        }
    }

    private SafetensorsEntry Find(string name) => Entries.TryGetValue(name, out var entry)
        ? entry
        : throw new InvalidDataException($"{_path}: there is no tensor '{name}'. Use weights that belong to the model's config.json.");

    private ScalarType DTypeOf(SafetensorsEntry entry) => SafetensorsType.DTypeOf(entry.StoredType) ?? throw new NotSupportedException(
        $"{_path}: tensor '{entry.Name}' is stored as {entry.StoredType}, which is not supported. "
        + $"Convert it to one of {SafetensorsType.Readable}.");

    private void ReadExactly(long offset, Span<byte> bytes)
    {
        if (_handle is null)
        {
            _content.Span.Slice((int)offset, bytes.Length).CopyTo(bytes);
            return;
        }

        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(_handle, bytes, offset);
            if (read == 0)
            {
                throw SafetensorsHeader.Damaged(_path, $"it ends at byte {offset}, before the end of its data");
            }

            bytes = bytes[read..];
            offset += read;
        }
    }
}
