using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>A tokenizer as metadata of a GGUF file.</summary>
internal sealed class TokenizerMetadata
{
    private const string Prefix = "tokenizer.ggml";
    private const int UnusedType = 5;

    private readonly HuggingFaceTokenizer _tokenizer;
    private readonly TokenizerDefinition _definition;
    private readonly ModelConfig _config;
    private readonly PromptTemplate _template;
    private readonly ICollection<string> _warnings;

    public TokenizerMetadata(HuggingFaceTokenizer tokenizer, ModelConfig config, PromptTemplate template, ICollection<string> warnings)
    {
        (_tokenizer, _definition, _config, _template, _warnings) = (tokenizer, tokenizer.Definition, config, template, warnings);
    }

    /// <exception cref="NotSupportedException">llama.cpp would tokenize texts differently; the message says why.</exception>
    public void Add(GgufMetadata metadata)
    {
        var behavior = new TokenizerBehavior(_tokenizer, _definition);
        behavior.Check(_warnings);
        if (_definition.IsByteLevel)
        {
            metadata.Add($"{Prefix}.model", "gpt2");
            metadata.Add($"{Prefix}.pre", PreTokenizerName.Of(_tokenizer, _definition));
            AddTokens(metadata, scores: null);
            metadata.Add($"{Prefix}.merges", MergesAsText());
        }
        else
        {
            metadata.Add($"{Prefix}.model", "llama");
            metadata.Add($"{Prefix}.pre", "default");
            AddTokens(metadata, SentencePieceScores.Of(_tokenizer, _definition));
            metadata.Add($"{Prefix}.add_space_prefix", behavior.AddsSpacePrefix);
        }

        new SpecialTokens(_tokenizer, _definition, _config, _template).Add(metadata, _warnings);
    }

    private void AddTokens(GgufMetadata metadata, Dictionary<int, float>? scores)
    {
        var texts = new string[_config.VocabSize];
        int[] types = new int[texts.Length];
        Array.Fill(types, UnusedType);
        float[] values = new float[texts.Length];
        Array.Fill(values, -texts.Length - 1f);
        foreach (var token in _definition.Tokens)
        {
            texts[token.Id] = token.Text;
            types[token.Id] = TypeOf(token);
            values[token.Id] = scores?.GetValueOrDefault(token.Id, values[token.Id]) ?? 0;
        }

        // Rows of the embedding without a token.
        var used = _definition.Tokens.Select(token => token.Text).ToHashSet(StringComparer.Ordinal);
        for (int id = 0; id < texts.Length; id++)
        {
            for (string name = $"[PAD{id}]"; texts[id] is null; name += "_")
            {
                texts[id] = used.Add(name) ? name : null!;
            }
        }

        metadata.Add($"{Prefix}.tokens", texts);
        metadata.Add($"{Prefix}.token_type", types);
        if (scores is not null)
        {
            metadata.Add($"{Prefix}.scores", values);
        }
    }

    private List<string> MergesAsText()
    {
        var texts = _definition.Tokens.ToDictionary(token => token.Id, token => token.Text);
        return [.. _definition.Merges.Select(merge => $"{texts[merge.Left]} {texts[merge.Right]}")];
    }

    // llama.cpp's converter treats tokens that look like control tokens as such, whatever the file says: a user's text
    // then cannot contain them.
    private static int TypeOf(TokenDefinition token) => token.Kind switch
    {
        TokenKind.Normal => 1,
        TokenKind.Unknown => 2,
        TokenKind.Control => 3,
        TokenKind.UserDefined when token.Text is ['<', '|', .., '|', '>'] => 3,
        TokenKind.UserDefined => 4,
        _ => 6,
    };
}
