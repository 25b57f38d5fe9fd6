using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>
/// Merges as scores, as in SentencePiece: two neighbours merge if together they are a token, the highest score first. A
/// list of merges is equivalent if it has every way to make a token, and a token's merges are adjacent in it.
/// </summary>
internal static class SentencePieceScores
{
    // With more such tokens, whose merges are not adjacent, trying them takes too long.
    private const int MostMixed = 64;

    /// <summary>Computes each token's score: the rank of its first merge, negative; by ids.</summary>
    /// <exception cref="NotSupportedException">Scores cannot express the merges.</exception>
    public static Dictionary<int, float> Of(HuggingFaceTokenizer tokenizer, TokenizerDefinition definition)
    {
        RequireEveryCut(definition);
        var scores = new Dictionary<int, float>();
        var mixed = new HashSet<int>();
        (int Id, int Last) latest = (-1, -1);
        foreach (var token in definition.Merges.GroupBy(merge => merge.Merged)
            .Select(group => (Id: group.Key, First: group.Min(merge => merge.Rank), Last: group.Max(merge => merge.Rank)))
            .OrderBy(token => token.First).ThenBy(token => token.Last))
        {
            if (token.First < latest.Last)
            {
                mixed.UnionWith([latest.Id, token.Id]);
            }

            latest = token.Last > latest.Last ? (token.Id, token.Last) : latest;
            scores[token.Id] = -token.First;
        }

        RequireSameTokens(tokenizer, definition, scores, mixed);
        return scores;
    }

    // If the merges of tokens are not adjacent, such as those of white space in Llama 2's vocabulary, the tokens decide whether
    // scores give the same result: those tokens, and each pair of them, are tried.
    private static void RequireSameTokens(
        HuggingFaceTokenizer tokenizer, TokenizerDefinition definition, Dictionary<int, float> scores, HashSet<int> mixed)
    {
        var texts = definition.Tokens.ToDictionary(token => token.Id, token => token.Text);
        var scoreOf = scores.ToDictionary(token => texts[token.Key], token => token.Value);
        string[] tried = [.. mixed.Take(MostMixed + 1).Select(id => texts[id].Replace('▁', ' '))];
        bool areSame = tried.Length <= MostMixed && tried.Concat(tried.SelectMany(_ => tried, (first, second) => first + second)).All(text =>
        {
            string[] tokens = [.. tokenizer.EncodeToIds(text, addSpecialTokens: false).Select(id => texts[id])];
            return tokens.SequenceEqual(Merge(string.Concat(tokens), scoreOf));
        });
        if (!areSame)
        {
            throw Refusal("its merges are not in the order of the tokens that they make");
        }
    }

    // SentencePiece's order of merges: the pair with the highest score, the leftmost of those.
    private static List<string> Merge(string text, Dictionary<string, float> scoreOf)
    {
        List<string> symbols = [.. text.EnumerateRunes().Select(rune => rune.ToString())];
        while (true)
        {
            var (best, at) = (float.NegativeInfinity, -1);
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (scoreOf.TryGetValue(symbols[i] + symbols[i + 1], out float score) && score > best)
                {
                    (best, at) = (score, i);
                }
            }

            if (at < 0)
            {
                return symbols;
            }

            symbols[at] += symbols[at + 1];
            symbols.RemoveAt(at + 1);
        }
    }

    private static void RequireEveryCut(TokenizerDefinition definition)
    {
        var merges = definition.Merges.Select(merge => (merge.Left, merge.Right)).ToHashSet();
        var ids = definition.Tokens.Where(token => token.Kind == TokenKind.Normal).ToDictionary(token => token.Text, token => token.Id);
        var find = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in ids.Keys)
        {
            for (int cut = 1; cut < text.Length; cut++)
            {
                if (find.TryGetValue(text.AsSpan(0, cut), out int left) && find.TryGetValue(text.AsSpan(cut), out int right)
                    && !merges.Contains((left, right)))
                {
                    throw Refusal($"'{text[..cut]}' and '{text[cut..]}' are tokens that do not merge into '{text}'");
                }
            }
        }
    }

    private static NotSupportedException Refusal(string why) => new(
        $"llama.cpp merges tokens that are not spelled in bytes by SentencePiece's scores, which cannot express this tokenizer: {why}. "
        + "Use a SentencePiece or byte-level tokenizer.");
}
