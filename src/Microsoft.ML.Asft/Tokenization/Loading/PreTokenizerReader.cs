using Microsoft.ML.Asft.Tokenization.Patterns;
using Microsoft.ML.Asft.Tokenization.PreTokenizers;
using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>Reads the <c>pre_tokenizer</c> of tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    // \w+|[^\w\s]+ of Rust's regular expressions.
    private static readonly RegexPattern Words = new(
        @"\w+|[^\w\s]+",
        new TranslatedPattern(
            new PatternPart("", CharacterProperties.RustWord),
            new PatternPart("+|"),
            new PatternPart("", CharacterProperties.RustWord.Union(CharacterProperties.WhiteSpace).Complement()),
            new PatternPart("+")));

    private const int LongestPart = 1_000_000;

    /// <param name="place">The pre-tokenizer.</param>
    /// <param name="modelCanSpell">Whether the model can spell words in bytes, see <see cref="ModelReader.CanSpellBytes"/>.</param>
    /// <param name="isByteLevel">Whether the model spells the bytes, because the last step would and the model can.</param>
    public static PieceSplitter Read(JsonPlace place, bool modelCanSpell, out bool isByteLevel)
    {
        List<JsonPlace> steps = [.. Steps(place)];
        bool modelSpells = isByteLevel = modelCanSpell && steps is [.., var last] && last["type"].Text() == "ByteLevel";
        PieceSplitter[] splitters = [.. steps.Select((step, i) => ReadStep(step, spells: !modelSpells || i < steps.Count - 1))];
        return splitters is [var only] ? only : new SplitterSequence(splitters);
    }

    /// <summary>Metaspace's <c>prepend_scheme</c>, or its predecessor.</summary>
    public static PrependScheme ReadScheme(JsonPlace place) => place.Text("prepend_scheme") switch
    {
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        "" => place.Flag("add_prefix_space", missing: true) ? PrependScheme.Always : PrependScheme.Never,
        var other => throw place["prepend_scheme"].Unsupported($"the scheme '{other}'"),
    };

    private static IEnumerable<JsonPlace> Steps(JsonPlace place) => place["type"].Text() == "Sequence"
        ? place["pretokenizers"].Items().SelectMany(Steps)
        : [place];

    private static PieceSplitter ReadStep(JsonPlace place, bool spells)
    {
        string type = place["type"].Text();
        return type switch
        {
            "ByteLevel" => new ByteLevelSplitter(
                place.Flag("add_prefix_space", missing: true), place.Flag("use_regex", missing: true), spells),
            "Split" => new PatternSplitter(PatternReader.Read(place["pattern"], out _), Behavior(place["behavior"]), place.Flag("invert")),
            "Metaspace" => new MetaspaceSplitter(place.Text("replacement", "▁"), ReadScheme(place), place.Flag("split", missing: true)),
            "Digits" => new PatternSplitter(
                RunePattern.Numeric, place.Flag("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
            "Punctuation" => new PatternSplitter(
                RunePattern.Punctuation, place.TryGet("behavior", out JsonPlace? behavior) ? Behavior(behavior) : SplitBehavior.Isolated),
            "Whitespace" => new PatternSplitter(Words, SplitBehavior.Removed, invert: true),
            "WhitespaceSplit" => new PatternSplitter(RunePattern.WhiteSpace, SplitBehavior.Removed),
            "CharDelimiterSplit" => new PatternSplitter(new LiteralPattern(place["delimiter"].Text()), SplitBehavior.Removed),
            "BertPreTokenizer" => new SplitterSequence(
            [
                new PatternSplitter(RunePattern.WhiteSpace, SplitBehavior.Removed),
                new PatternSplitter(RunePattern.Punctuation, SplitBehavior.Isolated),
            ]),
            "FixedLength" => new FixedLengthSplitter(
                place.TryGet("length", out JsonPlace? length) ? Math.Max(1, length.Number(LongestPart)) : 5),
            _ => throw place["type"].Unsupported($"the pre-tokenizer '{type}'"),
        };
    }

    private static SplitBehavior Behavior(JsonPlace place) => place.Text() switch
    {
        "Isolated" => SplitBehavior.Isolated,
        "Removed" => SplitBehavior.Removed,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw place.Unsupported($"the behavior '{other}'"),
    };
}
