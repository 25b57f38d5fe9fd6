using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Cli.Inspection;

/// <summary>Describes a model's folder without reading its weights.</summary>
internal static class ModelFacts
{
    public static JsonObject Of(string folder)
    {
        var config = ModelConfig.Load(folder);
        var facts = new JsonObject
        {
            ["kind"] = "model",
            ["architecture"] = config.ModelType,
            ["shape"] = Shape(config),
        };
        using (var source = TensorSource.Open(folder))
        {
            TensorFacts.AddTo(facts, [.. source.Names.Select(name => source[name])]);
        }

        facts["tokenizer"] = Tokenizer(folder);
        facts["template"] = PromptTemplate.Create("auto", folder).Name;
        return facts;
    }

    private static JsonObject Shape(ModelConfig config) => new()
    {
        ["vocab_size"] = config.VocabSize,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["layers"] = config.NumHiddenLayers,
        ["heads"] = config.NumAttentionHeads,
        ["kv_heads"] = config.NumKeyValueHeads,
        ["head_dim"] = config.HeadDim,
        ["tied_embeddings"] = config.TieWordEmbeddings,
        ["rope_theta"] = config.RopeTheta,
        ["rope_scaling"] = config.RopeScaling?.RopeType,
        ["sliding_window"] = config.SlidingWindow,
        ["max_position_embeddings"] = config.MaxPositionEmbeddings,
    };

    private static JsonObject? Tokenizer(string folder)
    {
        // A model without a tokenizer can still be inspected.
        if (!File.Exists(Path.Combine(folder, "tokenizer.json")) && !File.Exists(Path.Combine(folder, "tokenizer.model")))
        {
            return null;
        }

        var tokenizer = HuggingFaceTokenizer.Load(folder);
        var facts = new JsonObject
        {
            ["vocab_size"] = tokenizer.VocabSize,
            ["bos_token"] = Text(tokenizer, tokenizer.BosTokenId),
            ["eos_token"] = Text(tokenizer, tokenizer.EosTokenId),
        };
        if (tokenizer.Warnings.Count > 0)
        {
            facts["warnings"] = new JsonArray([.. tokenizer.Warnings]);
        }

        return facts;
    }

    private static string? Text(HuggingFaceTokenizer tokenizer, int? id) => id is { } known ? tokenizer.IdToToken(known) : null;
}
