using System.Text;
using System.Text.RegularExpressions;

namespace BaseModel;

/// <summary>
/// Trains a byte-level BPE vocabulary (Sennrich et al. 2016, on bytes as GPT-2 does): starting from the 256 bytes, the
/// most frequent pair of neighbours within a word repeatedly becomes a token. Ties go to the pair that sorts first.
/// </summary>
internal sealed partial class ByteLevelBpe
{
    /// <summary>Qwen2's pattern that splits text into words: each digit is a word, and a leading space belongs to the word.</summary>
    public const string SplitPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private ByteLevelBpe(IReadOnlyList<string> vocabulary, IReadOnlyList<(string Left, string Right)> merges)
        => (Vocabulary, Merges) = (vocabulary, merges);

    /// <summary>The tokens; a token's index is its id.</summary>
    public IReadOnlyList<string> Vocabulary { get; }

    /// <summary>The merged pairs, in order.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    public static ByteLevelBpe Train(IEnumerable<string> texts, int vocabularySize)
    {
        char[] alphabet = ByteAlphabet();
        var words = texts.SelectMany(text => Split().Matches(text.Normalize())).CountBy(match => match.Value)
            .Select(word => (Symbols: Encoding.UTF8.GetBytes(word.Key).Select(b => alphabet[b].ToString()).ToList(), Count: word.Value)).ToArray();
        List<string> vocabulary = [.. alphabet.Order().Select(letter => letter.ToString())];
        List<(string, string)> merges = [];
        while (vocabulary.Count < vocabularySize)
        {
            var pairs = new Dictionary<(string Left, string Right), long>();
            foreach (var (symbols, count) in words)
            {
                for (int i = 1; i < symbols.Count; i++)
                {
                    var pair = (symbols[i - 1], symbols[i]);
                    pairs[pair] = pairs.GetValueOrDefault(pair) + count;
                }
            }

            if (pairs.Count == 0)
            {
                throw new ArgumentException($"The text has only {vocabulary.Count} tokens in it. Choose a smaller vocabulary.");
            }

            var best = pairs.OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key.Left, StringComparer.Ordinal).ThenBy(pair => pair.Key.Right, StringComparer.Ordinal).First().Key;
            merges.Add(best);
            vocabulary.Add(best.Left + best.Right);
            foreach (var (symbols, _) in words)
            {
                Join(symbols, best);
            }
        }

        return new(vocabulary, merges);
    }

    private static void Join(List<string> symbols, (string Left, string Right) pair)
    {
        for (int i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] == pair.Left && symbols[i + 1] == pair.Right)
            {
                symbols[i] = pair.Left + pair.Right;
                symbols.RemoveAt(i + 1);
            }
        }
    }

    /// <summary>
    /// A visible character for every byte, as in GPT-2: printable Latin-1 characters represent themselves, the other bytes are numbered
    /// from U+0100.
    /// </summary>
    private static char[] ByteAlphabet()
    {
        int next = 0x100;
        return [.. Enumerable.Range(0, 256).Select(b => (char)(b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? b : next++))];
    }

    [GeneratedRegex(SplitPattern)]
    private static partial Regex Split();
}
