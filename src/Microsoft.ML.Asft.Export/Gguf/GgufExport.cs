using System.Text;
using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>The export of one model to a file.</summary>
internal sealed class GgufExport
{
    private readonly AsftTransformer _model;
    private readonly string _path;
    private readonly GgufOptions _options;
    private readonly ModelConfig _config;
    private readonly string _folder;
    private readonly HuggingFaceTokenizer _tokenizer;
    private readonly Architecture _architecture;
    private readonly ModelTensors _order;
    private readonly List<string> _warnings = [];

    public GgufExport(AsftTransformer model, string path, GgufOptions options)
    {
        (_model, _path, _options) = (model, path, options);
        (_config, _folder, _tokenizer) = ModelSource.Of(model, "GGUF");
        _architecture = Architecture.Of(_config);
        _order = new ModelTensors(_architecture, _config);
    }

    public GgufResult Write()
    {
        var metadata = new GgufMetadata();
        var type = _options.Type ?? (_options.AdapterOnly ? GgufType.Float32 : GgufType.BFloat16);
        var tensors = _options.AdapterOnly ? AddAdapter(metadata, type) : AddModel(metadata, type);
        int uneven = tensors.Count(tensor => tensor.Type == GgufType.BFloat16 && type != GgufType.BFloat16);
        if (uneven > 0)
        {
            _warnings.Add(
                $"{uneven} of {tensors.Count} tensors are BF16: their rows are not a multiple of the {TensorEncoder.BlockLength(type)} numbers of a block.");
        }

        string folder = Directory.CreateDirectory(Path.GetDirectoryName(_path)!).FullName;
        string? modelfile = _options.Modelfile ? Path.Combine(folder, Modelfile.Name) : null;
        using var files = new StagedFiles();
        files.Write(_path, stream => GgufFile.Write(stream, metadata, tensors));
        if (modelfile is not null)
        {
            byte[] text = Encoding.UTF8.GetBytes(WriteModelfile());
            files.Write(modelfile, stream => stream.Write(text));
        }

        files.Commit();
        return new GgufResult(_path, tensors.Count, new FileInfo(_path).Length, modelfile, _warnings);
    }

    private IReadOnlyList<GgufTensor> AddModel(GgufMetadata metadata, GgufType type)
    {
        ModelMetadata.Add(metadata, _architecture, _config, type, Name, _warnings);
        new TokenizerMetadata(_tokenizer, _config, _model.Template, _warnings).Add(metadata);
        ChatTemplates.Add(metadata, _model.Template, _folder, _warnings);
        return _order.Of(_model.MergedWeights, type);
    }

    private IReadOnlyList<GgufTensor> AddAdapter(GgufMetadata metadata, GgufType type)
    {
        var adapter = new AdapterTensors(_model);
        metadata.Add("general.architecture", _architecture.Name);
        metadata.Add("general.type", "adapter");
        metadata.Add("general.name", Name);
        metadata.Add("general.file_type", ModelMetadata.FileType(type));
        metadata.Add("adapter.type", "lora");
        metadata.Add("adapter.lora.alpha", adapter.Alpha);
        return adapter.Of(_order, type);
    }

    private string Name => _options.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(_folder));

    private string WriteModelfile()
    {
        var definition = _tokenizer.Definition;
        string begin = definition.Before is [var bos] ? _tokenizer.IdToToken(bos) ?? "" : "";
        var ends = new SpecialTokens(_tokenizer, definition, _config, _model.Template).Ends.Select(id => _tokenizer.IdToToken(id)!);
        string?[] stops = [_model.Template.EndOfTurn, .. ends.Reverse()];
        return Modelfile.Write(Path.GetFileName(_path), _options.AdapterOnly ? _folder : null, _model.Template, begin, [.. stops.OfType<string>()], _warnings);
    }
}
