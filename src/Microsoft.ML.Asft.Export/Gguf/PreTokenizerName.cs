using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>
/// llama.cpp's name of a byte-level tokenizer's splitting of texts into words, <c>tokenizer.ggml.pre</c>. Published
/// tokenizers are recognised by their ids of a text, your own vocabulary by its splits.
/// </summary>
internal static class PreTokenizerName
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Symbols = @" ?[^\s\p{L}\p{N}]+";
    private const string Spaces = @"\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string Before = @"[^\r\n\p{L}\p{N}]?";

    // The name, whether whole words are looked up before merging, and the successive split patterns.
    private static readonly (string Name, bool IgnoresMerges, Regex[] Patterns)[] Known =
    [
        ("qwen2", false, Patterns($@"{Contractions}|{Before}\p{{L}}+|\p{{N}}|{Symbols}[\r\n]*|{Spaces}")),
        ("llama-bpe", true, Patterns($@"{Contractions}|{Before}\p{{L}}+|\p{{N}}{{1,3}}|{Symbols}[\r\n]*|{Spaces}")),
        ("smaug-bpe", false, Patterns($@"{Contractions}|{Before}\p{{L}}+|\p{{N}}{{1,3}}|{Symbols}[\r\n]*|{Spaces}")),
        ("qwen35", false, Patterns($@"{Contractions}|{Before}[\p{{L}}\p{{M}}]+|\p{{N}}| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{Spaces}")),
        ("gpt-2", false, Patterns(Gpt2)),
        ("smollm", false, Patterns(@"\p{N}", Gpt2)),
        ("tekken", true, Patterns(
            $@"{Before}{Upper}*{Lower}+|{Before}{Upper}+{Lower}*|\p{{N}}|{Symbols}[\r\n/]*|{Spaces}")),
        ("gpt-4o", false, Patterns(
            $@"{Before}{Upper}*{Lower}+{Contractions}?|{Before}{Upper}+{Lower}*{Contractions}?|\p{{N}}{{1,3}}|{Symbols}[\r\n/]*|{Spaces}")),
    ];

    // A text that the patterns above, and similar ones, split differently. No letters or digits beyond the BMP,
    // which .NET's \p{L} and \p{N} do not match.
    private const string Probe = KnownTokenizers.Text
        + "  x\u00A0y\u3000z \r\n\r\n\t tab  12 123 1234 12345678 1½²٣४५ a1b22c333 don't DON'T I'LLx 'sx we'RE's __init__ foo_bar(x)/y//\n/\r\n"
        + "CamelCaseWord ABCdef ǅungla e\u0301a\u0308o\u0302 हिन्दी ไทย かな 中文字 \u200B (a)b \"c\" .d ;e \u2014f $5,000.00 #tag @me   end \n";

    /// <exception cref="NotSupportedException">llama.cpp cannot split texts like this tokenizer.</exception>
    public static string Of(HuggingFaceTokenizer tokenizer, TokenizerDefinition definition)
    {
        if (KnownTokenizers.NameOf(tokenizer) is { } published)
        {
            return published;
        }

        string[] splits = tokenizer.PreTokenizer is { } splitter
            ? [.. splitter.PreTokenize(Probe).Select(part => Probe.Substring(part.Offset, part.Length))]
            : [Probe];
        string[] alike = [.. Known.Where(known => Split(known.Patterns).SequenceEqual(splits)).Select(known => known.Name)];
        return alike.FirstOrDefault(name => Known.First(known => known.Name == name).IgnoresMerges == definition.IgnoresMerges)
            ?? throw new NotSupportedException(alike.Length > 0
                ? $"The tokenizer's 'ignore_merges' is {(definition.IgnoresMerges ? "true" : "false")}, but llama.cpp, which splits texts the same way for "
                    + $"'{alike[0]}', has the opposite setting. Train the tokenizer with the other setting."
                : "llama.cpp has no pre-tokenizer that splits texts as this tokenizer does; it knows those of published models. Split as one of "
                    + $"these does: {string.Join(", ", Known.Select(known => known.Name))}.");
    }

    private static Regex[] Patterns(params string[] patterns) =>
        [.. patterns.Select(pattern => new Regex(pattern, RegexOptions.CultureInvariant))];

    // Each match is a part, and so is the text between two matches.
    private static List<string> Split(Regex[] patterns)
    {
        List<string> parts = [Probe];
        foreach (var pattern in patterns)
        {
            List<string> next = [];
            foreach (string part in parts)
            {
                int at = 0;
                foreach (Match match in pattern.Matches(part))
                {
                    Add(part[at..match.Index]);
                    Add(match.Value);
                    at = match.Index + match.Length;
                }

                Add(part[at..]);
            }

            parts = next;

            void Add(string piece)
            {
                if (piece.Length > 0)
                {
                    next.Add(piece);
                }
            }
        }

        return parts;
    }
}
