using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Text;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>One model on its way into a file.</summary>
internal sealed class GgufExport
{
    private readonly AsftTransformer _model;
    private readonly string _path;
    private readonly GgufOptions _options;
    private readonly ModelConfig _config;
    private readonly Architecture _architecture;
    private readonly ModelTensors _tensors;
    private readonly List<string> _warnings = [];

    public GgufExport(AsftTransformer model, string path, GgufOptions options)
    {
        (_model, _path, _options) = (model, path, options);
        _config = model.ModelConfig ?? throw new InvalidOperationException(
            "The model was made in code, and GGUF is written for models that come from a folder with config.json.");
        _architecture = Architecture.Of(_config);
        _tensors = new ModelTensors(_architecture, _config);
    }

    public GgufResult Write()
    {
        var metadata = new GgufMetadata();
        var tensors = AddModel(metadata);
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        using var files = new StagedFiles();
        files.Write(_path, stream => GgufFile.Write(stream, metadata, tensors));
        files.Commit();
        return new GgufResult(_path, tensors.Count, new FileInfo(_path).Length, null, _warnings);
    }

    private IReadOnlyList<GgufTensor> AddModel(GgufMetadata metadata)
    {
        var type = _options.Type ?? GgufType.BFloat16;
        string name = _options.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(_model.ModelFolder!));
        ModelMetadata.Add(metadata, _architecture, _config, type, name, _warnings);
        var tokenizer = _model.Tokenizer as HuggingFaceTokenizer ?? throw new InvalidOperationException(
            "The tokenizer was made in code, and GGUF needs one that comes from a folder with tokenizer.json or tokenizer.model.");
        new TokenizerMetadata(tokenizer, _config, _model.Template, _warnings).Add(metadata);
        ChatTemplates.Add(metadata, _model.Template, _model.ModelFolder!, _warnings);
        return _tensors.Of(_model.MergedWeights, type, _warnings);
    }
}
