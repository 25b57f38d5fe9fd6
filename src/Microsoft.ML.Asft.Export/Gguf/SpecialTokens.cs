using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>The tokens that begin and end texts and turns.</summary>
internal sealed class SpecialTokens(HuggingFaceTokenizer tokenizer, TokenizerDefinition definition, ModelConfig config, PromptTemplate template)
{
    private const string Prefix = "tokenizer.ggml";

    /// <summary>Gets the tokens that end a completion, the end of a sequence first; possibly none.</summary>
    public IReadOnlyList<int> Ends
    {
        get
        {
            int? turn = template.EndOfTurn is { } text ? tokenizer.TokenToId(text) : null;
            int?[] ends = [tokenizer.EosTokenId, .. config.EosTokenIds, turn];
            return [.. ends.OfType<int>().Distinct()];
        }
    }

    public void Add(GgufMetadata metadata, ICollection<string> warnings)
    {
        int? begin = definition.Before switch
        {
            [] => tokenizer.BosTokenId ?? config.BosTokenId,
            [var only] => only,
            _ => throw Refusal($"{definition.Before.Count} tokens before", "at most one, the one that begins a text"),
        };
        if (begin is { } bos)
        {
            metadata.Add($"{Prefix}.bos_token_id", bos);
        }

        AddEnds(metadata, warnings);
        Add(metadata, "unknown_token_id", definition.Tokens.FirstOrDefault(token => token.Kind == TokenKind.Unknown)?.Id ?? tokenizer.UnkTokenId);
        Add(metadata, "padding_token_id", tokenizer.PadTokenId ?? config.PadTokenId);
        metadata.Add($"{Prefix}.add_bos_token", definition.Before.Count > 0);
        metadata.Add($"{Prefix}.add_eos_token", definition.After.Count > 0);
    }

    private void AddEnds(GgufMetadata metadata, ICollection<string> warnings)
    {
        // Without one, llama.cpp would use a token with another meaning.
        var ends = Ends;
        int end = ends.Count > 0 ? ends[0] : throw new NotSupportedException(
            "The model has no token that ends a text, and llama.cpp needs one. Name it: 'eos_token' in tokenizer_config.json.");
        if (definition.After.Count > 1 || (definition.After is [var after] && after != end))
        {
            throw Refusal($"{definition.After.Count} tokens after", $"at most one, the one that ends a text ({tokenizer.IdToToken(end)})");
        }

        metadata.Add($"{Prefix}.eos_token_id", end);
        foreach (var (key, id) in new[] { "eot_token_id", "eom_token_id" }.Zip(ends.Skip(1)))
        {
            metadata.Add($"{Prefix}.{key}", id);
        }

        if (ends.Count > 3)
        {
            warnings.Add(
                $"Of {ends.Count} tokens that end a completion, the file can name 3. Make the program stop at "
                + $"{string.Join(", ", ends.Skip(3).Select(tokenizer.IdToToken))} too.");
        }
    }

    private static void Add(GgufMetadata metadata, string key, int? id)
    {
        if (id is { } token)
        {
            metadata.Add($"{Prefix}.{key}", token);
        }
    }

    private static NotSupportedException Refusal(string what, string instead) => new(
        $"The tokenizer puts {what} a text, but llama.cpp puts {instead}. Change the post_processor in tokenizer.json.");
}
