namespace Microsoft.ML.Asft.Text;

/// <summary>Reads <c>tokenizer.json</c>.</summary>
internal static class TokenizerJson
{
    /// <summary>The highest id that is taken for one; real vocabularies stay far below.</summary>
    public const int HighestId = (1 << 24) - 1;

    public static TokenizerParts Read(string file, ReadOnlyMemory<byte> utf8)
    {
        JsonPlace top = JsonPlace.Parse(file, utf8);
        bool isByteLevel = false;
        PieceSplitter? preTokenizer = top.TryGet("pre_tokenizer", out JsonPlace? place)
            ? PreTokenizerReader.Read(place, out isByteLevel)
            : null;
        AlignedNormalizer? normalizer = top.TryGet("normalizer", out place) ? NormalizerReader.Read(place) : null;
        IEnumerable<JsonPlace> added = top.TryGet("added_tokens", out place) ? place.Items() : [];
        BytePairModel model = BytePairModelReader.Read(top["model"], isByteLevel);
        List<AddedToken> tokens = AddedTokens(added.Select(token => (token["id"].Number(HighestId), token)), model.Vocabulary);
        return new TokenizerParts
        {
            Model = model,
            Normalizer = normalizer,
            PreTokenizer = preTokenizer,
            Added = new AddedVocabulary(tokens, normalizer),
            Decoder = top.TryGet("decoder", out place) ? DecoderReader.Read(place) : null,
            Template = top.TryGet("post_processor", out place) ? ReadTemplate(place, model.Vocabulary, tokens) : ([], []),
        };
    }

    /// <summary>Reads added tokens, whose ids are given, and checks that they agree with the vocabulary and each other.</summary>
    public static List<AddedToken> AddedTokens(IEnumerable<(int Id, JsonPlace Place)> list, Vocabulary vocabulary)
    {
        List<AddedToken> tokens = [];
        Vocabulary added = new();
        foreach ((int id, JsonPlace place) in list)
        {
            string content = place["content"].Text();
            if ((vocabulary.TryGetId(content, out int other) || added.TryGetId(content, out other)) && other != id)
            {
                throw place.Malformed($"gives '{content}' the id {id}, but it has the id {other} already");
            }

            if ((vocabulary.TokenOf(id) ?? added.TokenOf(id)) is string holder && holder != content)
            {
                throw place.Malformed($"gives '{content}' the id {id}, which '{holder}' has already");
            }

            added.TryAdd(content, id);
            bool isSpecial = place.Flag("special");
            tokens.Add(new AddedToken(
                id, content, isSpecial, place.Flag("single_word"), place.Flag("lstrip"), place.Flag("rstrip"),
                place.Flag("normalized", missing: !isSpecial)));
        }

        return tokens;
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
