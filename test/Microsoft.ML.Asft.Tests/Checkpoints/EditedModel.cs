using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Tests.Support;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Checkpoints;

/// <summary>A copy of a small model whose weights a test changes; it goes when disposed.</summary>
internal sealed class EditedModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<KeyValuePair<string, Tensor>> _tensors = [];

    /// <param name="golden">One of <see cref="Golden.Models"/>.</param>
    public EditedModel(string golden = "llama")
    {
        string source = System.IO.Path.Combine(Golden.Folder, golden);
        File.Copy(System.IO.Path.Combine(source, "config.json"), _folder["config.json"]);
        using var file = SafetensorsFile.Open(System.IO.Path.Combine(source, "model.safetensors"));
        foreach (string name in file.Entries.Keys)
        {
            _tensors.Add(new(name, file.Read(name)));
        }

        Save();
    }

    /// <summary>Gets the folder.</summary>
    public string Path => _folder.Path;

    /// <summary>Gets a tensor as it was last set.</summary>
    public Tensor this[string name] => _tensors.Single(tensor => tensor.Key == name).Value;

    /// <summary>Adds tensors, or replaces those of the same names.</summary>
    public EditedModel With(params (string Name, Tensor Tensor)[] tensors)
    {
        foreach (var (name, tensor) in tensors)
        {
            _tensors.RemoveAll(other => other.Key == name);
            _tensors.Add(new(name, tensor));
        }

        Save();
        return this;
    }

    /// <summary>Changes the bytes of the weights' file.</summary>
    public void Rewrite(Func<byte[], byte[]> change) =>
        File.WriteAllBytes(_folder["model.safetensors"], change(File.ReadAllBytes(_folder["model.safetensors"])));

    public void Dispose() => _folder.Dispose();

    private void Save() => SafetensorsWriter.Write(_folder["model.safetensors"], _tensors);
}
