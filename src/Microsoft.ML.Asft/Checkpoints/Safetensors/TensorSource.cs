using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Safetensors;

/// <summary>
/// The tensors of a Hugging Face model folder: those of <c>model.safetensors</c>, or of the files that
/// <c>model.safetensors.index.json</c> names. Only the tensors that the index lists are visible.
/// </summary>
/// <remarks>Several threads may read at the same time.</remarks>
public sealed class TensorSource : IDisposable
{
    /// <summary>The name of the file with the weights of a model that has not been split.</summary>
    public const string FileName = "model.safetensors";

    private readonly string _folder;
    private readonly List<SafetensorsFile> _files = [];
    private readonly OrderedDictionary<string, SafetensorsFile> _fileOf = [];

    private TensorSource(string folder)
    {
        _folder = folder;
    }

    /// <summary>Gets the tensors' names, in the order of their data: reading in this order is fastest.</summary>
    public IReadOnlyCollection<string> Names => _fileOf.Keys;

    /// <summary>Gets the header's entry of a tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    public SafetensorsEntry this[string name] => FileOf(name).Entries[name];

    /// <summary>Opens a folder and checks every file's header, and that the index and the files agree.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="FileNotFoundException">The folder has no weights in this format, or lacks a file that its index names.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, the index names a file outside the folder, or a file lacks a tensor that the index lists.
    /// </exception>
    public static TensorSource Open(string folder)
    {
        var source = new TensorSource(folder);
        try
        {
            source.Open();
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a tensor with a name.</summary>
    /// <param name="name">The tensor's name.</param>
    public bool Contains(string name) => _fileOf.ContainsKey(name);

    /// <inheritdoc cref="SafetensorsFile.Read"/>
    public Tensor Read(string name, ScalarType? dtype = null, Device? device = null) => FileOf(name).Read(name, dtype, device);

    /// <inheritdoc cref="SafetensorsFile.ReadInto"/>
    public void ReadInto(string name, Tensor destination) => FileOf(name).ReadInto(name, destination);

    /// <summary>The path of the file that holds a tensor, for errors.</summary>
    internal string FileOfTensor(string name) => FileOf(name).Path;

    /// <summary>Whether two tensors are stored identically: the same type, shape and numbers.</summary>
    internal bool HaveSameData(string name, string other)
    {
        var (a, b) = (this[name], this[other]);
        return a.StoredType == b.StoredType && a.Shape.SequenceEqual(b.Shape) && FileOf(name).HasSameBytes(name, FileOf(other), other);
    }

    /// <summary>Closes the files. Tensors read from them stay.</summary>
    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }

    /// <summary>Lists the files that hold a model's weights, by name.</summary>
    internal static IReadOnlyList<string> FilesOf(string folder) => File.Exists(Path.Combine(folder, FileName))
        ? [FileName]
        : [.. SafetensorsIndex.Read(IndexOf(folder)).Values.Distinct().Order(StringComparer.Ordinal)];

    private static string IndexOf(string folder)
    {
        string index = Path.Combine(folder, SafetensorsIndex.FileName);
        return File.Exists(index) ? index : throw new FileNotFoundException(
            $"{folder}: there is neither {FileName} nor {SafetensorsIndex.FileName}. Give the folder of a model whose weights are in the "
            + "safetensors format; convert those in pytorch_model.bin or in GGUF first.", Path.Combine(folder, FileName));
    }

    private void Open()
    {
        string single = Path.Combine(_folder, FileName);
        if (File.Exists(single))
        {
            var file = Add(single);
            foreach (string name in file.Entries.Keys)
            {
                _fileOf.Add(name, file);
            }

            return;
        }

        string index = IndexOf(_folder);
        var fileNames = SafetensorsIndex.Read(index);
        foreach (string fileName in fileNames.Values.Distinct().Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(_folder, fileName);
            if (!File.Exists(path))
            {
                throw new FileNotFoundException(
                    $"{path}: the file is missing, but {SafetensorsIndex.FileName} names it. Download it too.", path);
            }

            var file = Add(path);
            foreach (string name in file.Entries.Keys.Where(name => fileNames.TryGetValue(name, out string? holder) && holder == fileName))
            {
                _fileOf.Add(name, file);
            }
        }

        if (fileNames.FirstOrDefault(tensor => !_fileOf.ContainsKey(tensor.Key)) is { Key: { } missing, Value: var promised })
        {
            throw new InvalidDataException(
                $"{index}: it says that '{promised}' holds the tensor '{missing}', but that file does not. Download all files of one model.");
        }
    }

    private SafetensorsFile Add(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        return file;
    }

    private SafetensorsFile FileOf(string name) => _fileOf.TryGetValue(name, out var file) ? file : throw new InvalidDataException(
        $"{_folder}: there is no tensor '{name}' in its weights. The weights and config.json do not belong together, or a file is "
        + "missing: use all files of the same model.");
}
