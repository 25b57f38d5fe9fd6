using Microsoft.ML.Asft.Tokenization.AddedTokens;
using Microsoft.ML.Asft.Tokenization.Models;

namespace Microsoft.ML.Asft.Tokenization;

/// <summary>The parts of a byte pair tokenizer, to write it in another format.</summary>
/// <remarks>The tokenizer's own members describe how it normalizes and splits texts.</remarks>
public sealed record TokenizerDefinition
{
    /// <summary>Gets the tokens in the order of their ids, which may have gaps.</summary>
    public required IReadOnlyList<TokenDefinition> Tokens { get; init; }

    /// <summary>
    /// Gets the pairs of ids that merge, the resulting id, and the rank. The lowest rank merges first, and the leftmost pair of
    /// one rank. They are sorted by rank.
    /// </summary>
    public required IReadOnlyList<(int Left, int Right, int Merged, int Rank)> Merges { get; init; }

    /// <summary>Gets whether tokens are spelled in GPT-2's alphabet of bytes.</summary>
    public bool IsByteLevel { get; init; }

    /// <summary>Gets whether a character without a token becomes the tokens of its bytes.</summary>
    public bool HasByteFallback { get; init; }

    /// <summary>Gets whether a word that is itself a token is not split, whatever the merges say.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>Gets whether tokens within a word have a prefix, or the end of a word has a mark.</summary>
    public bool MarksWordParts { get; init; }

    /// <summary>Gets the ids that the tokenizer puts before a text.</summary>
    public IReadOnlyList<int> Before { get; init; } = [];

    /// <summary>Gets the ids that the tokenizer puts after a text.</summary>
    public IReadOnlyList<int> After { get; init; } = [];

    internal static TokenizerDefinition Of(TokenizerParts parts)
    {
        if (parts.Model is not BytePairEncoder { Model: var model })
        {
            throw new NotSupportedException(
                $"The tokenizer's model is {parts.Model.GetType().Name.Replace("Encoder", "", StringComparison.Ordinal)}. Only byte pair tokenizers can be written in another format.");
        }

        var tokens = new SortedDictionary<int, TokenDefinition>();
        foreach (string text in model.Vocabulary.Tokens)
        {
            model.Vocabulary.TryGetId(text, out int id);
            tokens[id] = new TokenDefinition(id, text, KindOf(id, text, model, parts));
        }

        foreach (AddedToken token in parts.Added.Tokens)
        {
            TokenKind kind = token.Id == model.UnknownId ? TokenKind.Unknown : token.IsSpecial ? TokenKind.Control : TokenKind.UserDefined;
            tokens[token.Id] = new TokenDefinition(token.Id, token.Content, kind)
            {
                IsSingleWord = token.IsSingleWord,
                StripsLeft = token.StripsLeft,
                StripsRight = token.StripsRight,
            };
        }

        return new TokenizerDefinition
        {
            Tokens = [.. tokens.Values],
            Merges = [.. model.Merges.Select(merge => (merge.Key.Left, merge.Key.Right, merge.Value.Id, merge.Value.Rank)).OrderBy(merge => merge.Rank)],
            IsByteLevel = model.IsByteLevel,
            HasByteFallback = model.HasByteFallback,
            IgnoresMerges = model.IgnoresMerges,
            MarksWordParts = model.ContinuingSubwordPrefix.Length + model.EndOfWordSuffix.Length > 0,
            Before = parts.Template.Before,
            After = parts.Template.After,
        };
    }

    private static TokenKind KindOf(int id, string text, BytePairModel model, TokenizerParts parts) =>
        id == model.UnknownId ? TokenKind.Unknown
        : parts.SpecialIds.Contains(id) ? TokenKind.Control
        : model.HasByteFallback && text is ['<', '0', 'x', _, _, '>'] ? TokenKind.Byte
        : TokenKind.Normal;
}
