using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Export.Gguf;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Export.Onnx;

/// <summary>The export of one model to a folder.</summary>
internal sealed class OnnxExport
{
    private const string GraphName = "model.onnx";
    private static readonly string[] CopiedFiles = ["tokenizer.json", "LICENSE*", "NOTICE*"];

    private readonly AsftTransformer _model;
    private readonly string _folder;
    private readonly OnnxOptions _options;
    private readonly ModelConfig _config;
    private readonly string _source;
    private readonly HuggingFaceTokenizer _tokenizer;
    private readonly List<string> _warnings = [];

    public OnnxExport(AsftTransformer model, string folder, OnnxOptions options)
    {
        (_model, _folder, _options) = (model, folder, options);
        (_config, _source, _tokenizer) = ModelSource.Of(model, "ONNX");
        GenAIConfig.Check(_config);
    }

    public OnnxResult Write()
    {
        byte[] config = Config();
        byte[] tokenizerConfig = TokenizerConfig.Write(_source, _tokenizer, _model.Template, _warnings);
        var weights = _model.MergedWeights.ToDictionary(weight => weight.Name, StringComparer.Ordinal);
        var graph = DecoderGraph.Build(_config, weights, _options.Type);
        if (_config.RopeScaling is { RopeType: "dynamic" })
        {
            _warnings.Add(
                $"The rotary frequencies of the folder do not grow with the text: it ends at {_config.MaxPositionEmbeddings} tokens, the context length.");
        }

        if (GenAIConfig.BoundOfCompletions(_config) is { } bound)
        {
            _warnings.Add(
                $"Rotary frequencies change beyond {bound} tokens, and ONNX Runtime GenAI does not compute a text again that grows beyond them: end a "
                + "completion there, or begin with a longer prompt.");
        }

        Directory.CreateDirectory(_folder);
        using var files = new StagedFiles();
        files.Write(PathOf(OnnxGraph.DataName), graph.WriteWeights);
        files.Write(PathOf(GraphName), graph.Write);
        foreach (string path in CopiedFiles.SelectMany(pattern => Directory.EnumerateFiles(_source, pattern)))
        {
            using var source = File.OpenRead(path);
            files.Write(PathOf(Path.GetFileName(path)), source.CopyTo);
        }

        files.Write(PathOf(TokenizerConfig.FileName), stream => stream.Write(tokenizerConfig));
        files.Write(PathOf(GenAIConfig.FileName), stream => stream.Write(config));
        files.Commit();
        return new OnnxResult(_folder, graph.WeightCount, new FileInfo(PathOf(OnnxGraph.DataName)).Length, _warnings);
    }

    private string PathOf(string file) => Path.Combine(_folder, file);

    private byte[] Config()
    {
        var definition = _tokenizer.Definition;
        var ends = new SpecialTokens(_tokenizer, definition, _config, _model.Template).Ends;
        if (ends.Count == 0)
        {
            throw new NotSupportedException(
                "The model has no token that ends a text, and ONNX Runtime GenAI needs one. Name it: 'eos_token' in tokenizer_config.json.");
        }

        int? begin = definition.Before is [var first, ..] ? first : _tokenizer.BosTokenId ?? _config.BosTokenId;
        return GenAIConfig.Write(_config, GraphName, begin, ends, _tokenizer.PadTokenId ?? _config.PadTokenId);
    }
}
