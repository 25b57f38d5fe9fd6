using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>WordPiece: the longest token at the beginning of a word, then the longest one that continues it, and so on.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="unknown">The token of a word that cannot be split into tokens.</param>
/// <param name="prefix">The prefix of tokens within a word in the vocabulary, usually <c>##</c>.</param>
/// <param name="longestWord">The maximum number of code points; longer words are unknown.</param>
internal sealed class WordPieceEncoder(Vocabulary vocabulary, string unknown, string prefix, int longestWord) : TokenModel(vocabulary)
{
    private readonly int _longestToken = vocabulary.Tokens.Select(token => token.Length).DefaultIfEmpty().Max();

    public override EncodedWord Encode(ReadOnlySpan<char> word)
    {
        List<int> ids = [];
        List<int> starts = [];
        int start = 0;
        bool isKnown = Length(word) <= longestWord;
        while (isKnown && start < word.Length)
        {
            int end = Longest(word, start, out int id);
            isKnown = end > start;
            ids.Add(id);
            starts.Add(start);
            start = end;
        }

        if (isKnown)
        {
            return new EncodedWord([.. ids], [.. starts], [.. starts.Skip(1), word.Length]);
        }

        return Vocabulary.TryGetId(unknown, out int unknownId)
            ? new EncodedWord([unknownId], [0], [word.Length])
            : throw NoToken(word, $"the unknown token '{unknown}' is not in its vocabulary");
    }

    private int Longest(ReadOnlySpan<char> word, int start, out int id)
    {
        string before = start > 0 ? prefix : "";
        for (int end = Math.Min(word.Length, start + _longestToken); end > start; end--)
        {
            if (Vocabulary.TryGetId(string.Concat(before, word[start..end]), out id))
            {
                return end;
            }
        }

        id = -1;
        return start;
    }

    private static int Length(ReadOnlySpan<char> word)
    {
        int length = 0;
        foreach (Rune _ in word.EnumerateRunes())
        {
            length++;
        }

        return length;
    }
}
