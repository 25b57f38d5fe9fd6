using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>Behaviour of a tokenizer that llama.cpp lacks, found by trials.</summary>
internal sealed class TokenizerBehavior(HuggingFaceTokenizer tokenizer, TokenizerDefinition definition)
{
    private const char Metaspace = '▁';
    private const char ByteLevelSpace = 'Ġ';
    private const string Plain = "An  Émile's \tTEST,\n 12 naïve words ﬁ ① ";
    private const string Decomposed = "e\u0301 a\u0308";

    // Tokens that llama.cpp always treats as control tokens, whatever their type in the file.
    private static readonly HashSet<string> TakenForControl =
    [
        "</s>", "<|end|>", "<end_of_turn>", "<|end_of_text|>", "<EOT>", "_<EOT>", "[EOT]", "<end_of_utterance>", "<fim-prefix>", "<fim_prefix>",
        "<PRE>", "<fim-suffix>", "<fim_suffix>", "<SUF>", "<fim-middle>", "<fim_middle>", "<MID>", "<fim-pad>", "<PAD>", "[PAD]", "<fim-repo>", "<REPO>", "<reponame>",
    ];

    /// <summary>Gets whether a space is put before a text.</summary>
    public bool AddsSpacePrefix => FirstToken("a") is [Metaspace or ByteLevelSpace, ..];

    /// <summary>Throws if llama.cpp cannot do something at all, and warns about differences in some texts.</summary>
    /// <exception cref="NotSupportedException">Most texts would get different tokens.</exception>
    public void Check(ICollection<string> warnings)
    {
        Demand(!definition.MarksWordParts, "marks the parts or the end of words");
        if (definition.IsByteLevel)
        {
            Demand(!AddsSpacePrefix, "puts a space before a text");
            Demand(Normalized(Plain) == Plain, "changes texts before it splits them");
        }
        else
        {
            RequireSentencePiece();
            WarnOfPrefixes(warnings);
        }

        if (Normalized(Decomposed) == "é ä" || Normalized(Decomposed).TrimStart(Metaspace) == $"é{Metaspace}ä")
        {
            warnings.Add("llama.cpp does not normalize texts to NFC: letters in decomposed form, which are rare, get different tokens.");
        }

        string[] taken = [.. definition.Tokens.Where(token => token.Kind == TokenKind.Normal && TakenForControl.Contains(token.Text)).Select(token => token.Text)];
        if (taken.Length > 0)
        {
            warnings.Add(
                $"llama.cpp takes {string.Join(", ", taken)} for control tokens; for this tokenizer they are ordinary pieces of text.");
        }

        int picky = definition.Tokens.Count(token => token.IsSingleWord || token.StripsLeft || token.StripsRight);
        if (picky > 0)
        {
            warnings.Add(
                $"{picky} added tokens absorb white space beside them, or match only as a whole word; for llama.cpp they are ordinary tokens.");
        }
    }

    private void RequireSentencePiece()
    {
        var bytes = definition.Tokens.Where(token => token.Kind == TokenKind.Byte).Select(token => token.Text).ToHashSet();
        Demand(definition.HasByteFallback && bytes.Count == 256, "is neither spelled in bytes nor has a token for each byte");
        Demand(!definition.IgnoresMerges, "looks whole words up before it merges");
        string spaced = Plain.Replace(' ', Metaspace);
        Demand(Normalized(Plain) is var text && (text == Plain || text == spaced || text == Metaspace + spaced), "changes texts before it splits them");
        Demand(
            tokenizer.PreTokenizer is null || tokenizer.PreTokenizer.PreTokenize(Plain).All(part => part.Offset == 0 || Plain[part.Offset] == ' '),
            "splits texts elsewhere than at spaces");
        bool splits = tokenizer.PreTokenizer?.PreTokenize("a b").Count() > 1;
        Demand(
            !splits || !definition.Tokens.Any(token => token.Kind == TokenKind.Normal && token.Text.LastIndexOf(Metaspace) > 0),
            "splits texts at spaces that are within tokens");
    }

    private void WarnOfPrefixes(ICollection<string> warnings)
    {
        if (!AddsSpacePrefix)
        {
            return;
        }

        if (FirstToken(" a") == FirstToken("a"))
        {
            warnings.Add("Before a text that begins with a space, llama.cpp puts another one; this tokenizer does not.");
        }

        if (definition.Tokens.FirstOrDefault(token => token.Kind == TokenKind.Control) is { } control
            && tokenizer.EncodeToIds($"{control.Text}a", addSpecialTokens: false) is [_, var next, ..]
            && tokenizer.IdToToken(next) is not [Metaspace, ..])
        {
            warnings.Add($"After a control token such as {control.Text} within a text, llama.cpp puts a space; this tokenizer does not.");
        }
    }

    private string Normalized(string text) => tokenizer.Normalizer?.Normalize(text) ?? text;

    private string? FirstToken(string text) =>
        tokenizer.EncodeToIds(text, addSpecialTokens: false) is [var first, ..] ? tokenizer.IdToToken(first) : null;

    private static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw new NotSupportedException(
                $"The tokenizer {what}, which llama.cpp does not do. Save the model as a Hugging Face folder instead (asft merge).");
        }
    }
}
