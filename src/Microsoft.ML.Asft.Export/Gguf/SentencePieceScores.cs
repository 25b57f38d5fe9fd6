using Microsoft.ML.Asft.Text;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>
/// Merges as SentencePiece has them: two neighbours join where together they are a token, those of the highest score first. A
/// list of merges says the same where every way to put a token together is in it, and a token's merges follow each other.
/// </summary>
internal static class SentencePieceScores
{
    /// <summary>Computes each token's score: the rank of its merges, negative; by ids.</summary>
    /// <exception cref="NotSupportedException">The merges are not those that scores stand for.</exception>
    public static Dictionary<int, float> Of(TokenizerDefinition definition)
    {
        RequireEveryCut(definition);
        var scores = new Dictionary<int, float>();
        int last = -1;
        foreach (var token in definition.Merges.GroupBy(merge => merge.Merged)
            .Select(group => (Id: group.Key, First: group.Min(merge => merge.Rank), Last: group.Max(merge => merge.Rank)))
            .OrderBy(token => token.First).ThenBy(token => token.Last))
        {
            if (token.First < last)
            {
                throw Refusal("its merges are not in the order of the tokens that they make");
            }

            last = token.Last;
            scores[token.Id] = -token.First;
        }

        return scores;
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
                    throw Refusal($"'{text[..cut]}' and '{text[cut..]}' are tokens and do not merge into '{text}'");
                }
            }
        }
    }

    private static NotSupportedException Refusal(string why) => new(
        $"llama.cpp merges tokens that are not spelled in bytes by SentencePiece's scores, and this tokenizer cannot be said so: {why}. "
        + "Use a SentencePiece or byte-level tokenizer.");
}
