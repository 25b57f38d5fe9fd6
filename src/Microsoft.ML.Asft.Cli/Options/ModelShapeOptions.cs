using System.CommandLine;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>The shape of a new model: a preset, and options that override it.</summary>
internal sealed class ModelShapeOptions
{
    private readonly Option<string> _preset = new("--preset")
    {
        HelpName = string.Join('|', ModelPreset.All.Keys),
        Description = "The sizes to start from, and the family: 135m has SmolLM-135M's shape, 0.5b Qwen2.5-0.5B's. Other options override parts of it.",
        DefaultValueFactory = _ => "tiny",
    };

    private readonly Option<string?> _arch = new("--arch")
    {
        HelpName = string.Join('|', ModelConfig.ModelTypes), Description = "The family. Without it: the preset's, which is qwen2 for tiny, 135m and 0.5b.",
    };

    private readonly Option<int?> _hiddenSize = Size("--hidden-size", "The width of the hidden states.");
    private readonly Option<int?> _layers = Size("--layers", "The number of layers.");
    private readonly Option<int?> _heads = Size("--heads", "The number of query heads.");
    private readonly Option<int?> _keyValueHeads = Size("--kv-heads", "The number of key and value heads.");
    private readonly Option<int?> _headDim = Size("--head-dim", "The width of a head. Without it: hidden size / heads.");
    private readonly Option<int?> _intermediateSize = Size("--intermediate-size", "The inner width of the feed-forward blocks.");
    private readonly Option<int?> _vocabSize = Size(
        "--vocab-size", "The rows of the embedding. Without it: one row for each id of the tokenizer.");
    private readonly Option<bool?> _tie = new("--tie") { Description = "Use the embedding as the output head too (--tie false turns this off)." };
    private readonly Option<double?> _ropeTheta = new("--rope-theta")
    {
        HelpName = "X", Description = "The base of the rotary frequencies.",
    };

    public ModelShapeOptions(System.CommandLine.Command command)
    {
        command.Add(_preset.OneOf([.. ModelPreset.All.Keys]));
        command.Add(_arch.OneOf([.. ModelConfig.ModelTypes]));
        foreach (var option in new Option[]
        {
            _hiddenSize, _layers, _heads, _keyValueHeads, _headDim, _intermediateSize, _vocabSize, _tie, _ropeTheta,
        })
        {
            command.Add(option);
        }
    }

    /// <exception cref="CommandException">The vocabulary is smaller than the tokenizer's.</exception>
    public ModelConfig Create(ParseResult parse, HuggingFaceTokenizer tokenizer)
    {
        var preset = ModelPreset.All[parse.GetRequiredValue(_preset)];
        string family = parse.GetValue(_arch) ?? preset.Family;
        int vocabSize = parse.GetValue(_vocabSize) ?? tokenizer.VocabSize;
        if (vocabSize < tokenizer.VocabSize)
        {
            throw new CommandException(
                $"--vocab-size is {vocabSize}; the tokenizer has ids up to {tokenizer.VocabSize - 1}. Give {tokenizer.VocabSize} or more.");
        }

        var config = ModelConfig.Create(
            family,
            vocabSize,
            parse.GetValue(_hiddenSize) ?? preset.HiddenSize,
            parse.GetValue(_intermediateSize) ?? preset.IntermediateSize,
            parse.GetValue(_layers) ?? preset.Layers,
            parse.GetValue(_heads) ?? preset.Heads,
            parse.GetValue(_keyValueHeads) ?? preset.KeyValueHeads,
            parse.GetValue(_headDim) ?? (parse.GetValue(_hiddenSize) is null && parse.GetValue(_heads) is null ? preset.HeadDim : null));
        return (family == preset.Family ? preset.Settings(config) : config) with
        {
            TieWordEmbeddings = parse.GetValue(_tie) ?? preset.Tie,
            RopeTheta = parse.GetValue(_ropeTheta) ?? preset.RopeTheta,
            BosTokenId = tokenizer.BosTokenId,
            EosTokenIds = tokenizer.EosTokenId is { } end ? [end] : [],
            PadTokenId = tokenizer.PadTokenId,
        };
    }

    private static Option<int?> Size(string name, string description) => new(name) { HelpName = "N", Description = description };
}
