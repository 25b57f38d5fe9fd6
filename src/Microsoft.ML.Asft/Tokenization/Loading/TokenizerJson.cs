using Microsoft.ML.Asft.Tokenization.AddedTokens;
using Microsoft.ML.Asft.Tokenization.Models;
using Microsoft.ML.Asft.Tokenization.Normalizers;
using Microsoft.ML.Asft.Tokenization.PreTokenizers;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads <c>tokenizer.json</c>.</summary>
internal static class TokenizerJson
{
    /// <summary>The highest accepted id; real vocabularies stay far below.</summary>
    public const int HighestId = (1 << 24) - 1;

    /// <param name="file">The file's path, for messages.</param>
    /// <param name="utf8">The file's content.</param>
    /// <param name="config">The other files; null if there are none.</param>
    public static TokenizerParts Read(string file, ReadOnlyMemory<byte> utf8, TokenizerConfig? config = null)
    {
        JsonPlace top = JsonPlace.Parse(file, utf8);
        if (top.Text("version", "1.0") is not "1.0" and var version)
        {
            throw top["version"].Unsupported($"version '{version}'");
        }

        JsonPlace modelPlace = top["model"];
        bool isByteLevel = false;
        PieceSplitter? preTokenizer = top.TryGet("pre_tokenizer", out JsonPlace? place)
            ? PreTokenizerReader.Read(place, ModelReader.CanSpellBytes(modelPlace), out isByteLevel)
            : null;
        AlignedNormalizer? normalizer = top.TryGet("normalizer", out place) ? NormalizerReader.Read(place) : null;
        TokenModel model = ModelReader.Read(modelPlace, isByteLevel);
        List<string> warnings = [.. Warnings(file, top)];
        List<AddedToken> tokens = AddedTokenReader.Read(
            top.TryGet("added_tokens", out place) ? place.Items() : [], model.Vocabulary, warnings);
        AddConfigured(tokens, model.Vocabulary, config, warnings);
        return new TokenizerParts
        {
            Model = model,
            Normalizer = normalizer,
            PreTokenizer = preTokenizer,
            Added = new AddedVocabulary(tokens, normalizer),
            Decoder = top.TryGet("decoder", out place) ? DecoderReader.Read(place) : null,
            Template = top.TryGet("post_processor", out place) ? ReadTemplate(place, model.Vocabulary, tokens) : ([], []),
            Warnings = warnings,
        };
    }

    // Settings for every encoding. Here the callers decide about length and padding.
    private static IEnumerable<string> Warnings(string file, JsonPlace top)
    {
        foreach (string name in (string[])["truncation", "padding"])
        {
            if (top.TryGet(name, out _))
            {
                yield return $"{file}: '{name}' is not applied; texts are encoded at full length.";
            }
        }
    }

    // Tokens of the other files that tokenizer.json lacks get the next free ids, as in Hugging Face's libraries.
    private static void AddConfigured(List<AddedToken> tokens, Vocabulary vocabulary, TokenizerConfig? config, List<string> warnings)
    {
        Vocabulary added = new();
        foreach (AddedToken token in tokens)
        {
            added.TryAdd(token.Content, token.Id);
        }

        foreach ((JsonPlace place, AddedToken token) in (config?.AddedTokens() ?? []).OrderBy(entry => entry.Token.Id))
        {
            AddedTokenReader.Check(place, token, vocabulary, added, mayRename: false);
            if (added.TryGetId(token.Content, out _))
            {
                if (tokens.Find(other => other.Id == token.Id) != token)
                {
                    warnings.Add(place.Named($"gives '{token.Content}' other flags than tokenizer.json, whose flags are used"));
                }

                continue;
            }

            int next = AddedTokenReader.Next(vocabulary, added);
            if (token.Id != next && !vocabulary.TryGetId(token.Content, out _))
            {
                throw place.Malformed($"gives '{token.Content}' the id {token.Id}, but the next free id is {next}");
            }

            added.TryAdd(token.Content, token.Id);
            tokens.Add(token);
        }
    }

    private static (int[] Before, int[] After) ReadTemplate(JsonPlace place, Vocabulary vocabulary, List<AddedToken> added)
    {
        (int[] Before, int[] After) template = PostProcessorReader.Read(place);
        foreach (int id in template.Before.Concat(template.After))
        {
            if (vocabulary.TokenOf(id) is null && !added.Exists(token => token.Id == id))
            {
                throw place.Malformed($"uses the id {id}, which no token has");
            }
        }

        return template;
    }
}
