using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>A tokenizer with a token for each of a few letters.</summary>
internal static class Letters
{
    public const int EndOfText = 0;

    public static int Count { get; } = 1 + "abcdefghijklmnopqrstuvwxyz ".Length;

    public static Tokenizer Tokenizer { get; } = BpeTokenizer.Create(new BpeOptions(Vocabulary())
    {
        Merges = [],
        SpecialTokens = new Dictionary<string, int> { ["<end>"] = EndOfText },
    });

    private static IEnumerable<KeyValuePair<string, int>> Vocabulary() =>
        "abcdefghijklmnopqrstuvwxyz ".Select((letter, i) => KeyValuePair.Create($"{letter}", i + 1)).Prepend(KeyValuePair.Create("<end>", EndOfText));
}
