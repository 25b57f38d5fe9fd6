namespace Microsoft.ML.Asft.Text;

/// <summary>Reads the <c>pre_tokenizer</c> of tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    /// <param name="place">The pre-tokenizer.</param>
    /// <param name="isByteLevel">Whether its last step spells the words in bytes.</param>
    public static PieceSplitter Read(JsonPlace place, out bool isByteLevel)
    {
        List<JsonPlace> steps = [.. Steps(place)];
        int byteLevel = steps.FindIndex(step => step["type"].Text() == "ByteLevel");
        isByteLevel = byteLevel >= 0;
        if (isByteLevel && byteLevel < steps.Count - 1)
        {
            throw steps[byteLevel].Unsupported("the pre-tokenizer 'ByteLevel' before others");
        }

        return steps.Count == 1 ? ReadStep(steps[0]) : new SplitterSequence([.. steps.Select(ReadStep)]);
    }

    /// <summary>Metaspace's <c>prepend_scheme</c>, or what stood for it before there was one.</summary>
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

    private static PieceSplitter ReadStep(JsonPlace place)
    {
        string type = place["type"].Text();
        return type switch
        {
            "ByteLevel" => new ByteLevelSplitter(place.Flag("add_prefix_space", missing: true), place.Flag("use_regex", missing: true)),
            "Split" => new PatternSplitter(PatternReader.Read(place["pattern"], out _), Behavior(place["behavior"]), place.Flag("invert")),
            "Metaspace" => new MetaspaceSplitter(place.Text("replacement", "▁"), ReadScheme(place), place.Flag("split", missing: true)),
            "Digits" => new PatternSplitter(
                RunePattern.Numeric, place.Flag("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
            "Punctuation" => new PatternSplitter(
                RunePattern.Punctuation, place.TryGet("behavior", out JsonPlace? behavior) ? Behavior(behavior) : SplitBehavior.Isolated),
            "Whitespace" => WordSplitter(),
            "WhitespaceSplit" => new PatternSplitter(RunePattern.WhiteSpace, SplitBehavior.Removed),
            "CharDelimiterSplit" => new PatternSplitter(new LiteralPattern(place["delimiter"].Text()), SplitBehavior.Removed),
            _ => throw place["type"].Unsupported($"the pre-tokenizer '{type}'"),
        };
    }

    private static PatternSplitter WordSplitter()
    {
        const string Words = @"\w+|[^\w\s]+";
        return new PatternSplitter(new RegexPattern(Words, OnigurumaPattern.Translate(Words)), SplitBehavior.Removed, invert: true);
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
