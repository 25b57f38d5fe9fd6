using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints;

/// <summary>
/// The weights of a model's folder, read by name. Each requested weight must exist, with the right shape and as floating-point
/// numbers. Unread tensors give a warning.
/// </summary>
internal sealed class ModelWeights : IDisposable
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string Head = "lm_head.weight";
    private const int Named = 3;

    private readonly string _folder;
    private readonly TensorSource _source;
    private readonly ScalarType _dtype;
    private readonly Device _device;
    private readonly int _storedVocabulary;
    private readonly Func<string, string> _storedName;   // in the files, by the name in the model
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly Action<string>? _warn;

    private ModelWeights(string folder, TensorSource source, ModelConfig config, ScalarType dtype, Device device, Action<string>? warn)
    {
        (_folder, _source, _dtype, _device, _warn) = (folder, source, dtype, device, warn);
        _storedVocabulary = config.VocabSize;
        Config = config;
        _storedName = !config.IsTextPart ? name => name
            : source.Contains(TextPart.FormerName(Embedding)) ? TextPart.FormerName : TextPart.ModuleName;
    }

    /// <summary>Gets the configuration: that of <c>config.json</c>, untied if the file has a separate head.</summary>
    public ModelConfig Config { get; private set; }

    /// <summary>Opens a model's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">The format to hold the weights in.</param>
    /// <param name="device">The device.</param>
    /// <param name="vocabSize">The rows that embedding and head should have; added rows are the mean of the file's rows.</param>
    /// <param name="warn">Receives warnings about tensors that the model does not use; without it they are an error.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or has tensors that are not used and <paramref name="warn"/> is missing.</exception>
    /// <exception cref="NotSupportedException">The weights are quantised, or the configuration asks for something that is not supported.</exception>
    public static ModelWeights Open(string folder, ScalarType dtype, Device device, int? vocabSize, Action<string>? warn)
    {
        var config = ModelConfig.Load(folder);
        var source = TensorSource.Open(folder);
        try
        {
            QuantizedWeights.Refuse(source);
            var weights = new ModelWeights(folder, source, config, dtype, device, warn);
            weights.Untie();
            weights.Config = weights.Config with { VocabSize = vocabSize ?? config.VocabSize };
            return weights;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Reads a weight.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">The shape that the configuration gives it.</param>
    /// <exception cref="InvalidDataException">It is missing, or its shape is different.</exception>
    /// <exception cref="NotSupportedException">It is not stored as floating-point numbers.</exception>
    public Tensor Read(string name, long[] shape) => Read(name, shape, _dtype);

    /// <summary>Reads a weight in another format than that of the others, or to another device.</summary>
    /// <inheritdoc cref="Read(string, long[])"/>
    public Tensor Read(string name, long[] shape, ScalarType dtype, Device? device = null)
    {
        using var scope = NewDisposeScope();
        (bool isPerToken, bool isHead) = (name is Embedding or Head, name == Head);
        name = _storedName(name);
        if (!_source.Contains(name))
        {
            throw new InvalidDataException(
                $"The tensor '{name}' is missing from the model in '{_folder}'. Download the folder again, or correct config.json"
                + (isHead ? ": with 'tie_word_embeddings' the head is the embedding." : "."));
        }

        long[] stored = isPerToken ? [_storedVocabulary, shape[1]] : shape;
        if (!_source[name].Shape.SequenceEqual(stored))
        {
            throw new InvalidDataException(
                $"The tensor '{name}' of the model in '{_folder}' has the shape ({string.Join(", ", _source[name].Shape)}); config.json "
                + $"makes it ({string.Join(", ", stored)}). One of the two files belongs to another model.");
        }

        QuantizedWeights.RefuseStored(_source, name);
        _read.Add(name);
        var tensor = _source.Read(name, dtype, device ?? _device);
        if (shape[0] > stored[0])
        {
            var mean = tensor.to_type(ScalarType.Float32).mean([0], keepdim: true).to_type(dtype);
            tensor = cat([tensor, mean.expand(shape[0] - stored[0], shape[1])], 0);
        }

        return tensor.DetachFromDisposeScope();
    }

    /// <summary>Whether a weight is bfloat16 in its file.</summary>
    public bool IsBFloat16(string name) => _storedName(name) is var stored && _source.Contains(stored) && _source[stored].StoredType == "BF16";

    /// <summary>Warns about tensors that were never read.</summary>
    /// <exception cref="InvalidDataException">There are some, and there is no callback for warnings.</exception>
    public void TellUnread()
    {
        // Older llama files keep the rotary frequencies, which follow from config.json.
        string[] unread = [.. _source.Names
            .Where(name => !_read.Contains(name) && !name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal)
                && !(Config.IsTextPart && TextPart.IsOfOtherPart(name)))
            .Order(StringComparer.Ordinal)];
        if (unread.Length > 0)
        {
            string names = string.Join(", ", unread.Take(Named).Select(name => $"'{name}'"));
            bool hasBias = unread.Any(name => name.EndsWith(".bias", StringComparison.Ordinal));
            Warn($"The model in '{_folder}' has {unread.Length} of {_source.Names.Count} tensors that the model does not use: {names}"
                + (unread.Length > Named ? $" and {unread.Length - Named} more" : "") + ". A model of this config.json does not have them. transformers "
                + "ignores them too. If they belong to the model, correct config.json"
                + (hasBias ? " (biases: 'attention_bias', 'mlp_bias')." : "."));
        }
    }

    public void Dispose() => _source.Dispose();

    // As in transformers 5: if the file has a head that differs from the embedding, it is used, whatever the flag says.
    private void Untie()
    {
        var (head, embedding) = (_storedName(Head), _storedName(Embedding));
        if (!Config.TieWordEmbeddings || !_source.Contains(head) || !_source.Contains(embedding))
        {
            return;
        }

        if (_source.HaveSameData(head, embedding))
        {
            _read.Add(head);
            return;
        }

        Config = Config with { TieWordEmbeddings = false };
        Warn($"The model in '{_folder}' has a '{head}' that differs from '{embedding}', but config.json sets 'tie_word_embeddings'. "
            + "The file's head is used, as in transformers 5. Set the flag to false if that is right; otherwise remove the head from the file.");
    }

    private void Warn(string text)
    {
        if (_warn is null)
        {
            throw new InvalidDataException($"{text} To use the model anyway, load it with a callback for warnings.");
        }

        _warn(text);
    }
}
