using Microsoft.ML.Asft.Tokenization.Normalizers;

namespace Microsoft.ML.Asft.Tokenization.AddedTokens;

/// <summary>The added tokens of a tokenizer, and the text between them, normalized.</summary>
internal sealed class AddedVocabulary
{
    private readonly AlignedNormalizer? _normalizer;
    private readonly AddedTokenMatcher _asWritten;
    private readonly AddedTokenMatcher _normalized;

    /// <param name="tokens">The added tokens.</param>
    /// <param name="normalizer">The tokenizer's normalizer; it is also applied to the tokens that are searched in its results.</param>
    /// <param name="verbatim">Tokens that are searched literally in the normalizer's results.</param>
    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, AlignedNormalizer? normalizer, IReadOnlyList<AddedToken>? verbatim = null)
    {
        verbatim ??= [];
        Tokens = [.. tokens, .. verbatim];
        _normalizer = normalizer;

        // A special token is found wherever it is written, even if its file marks it as normalized. Llama 2's first files do, with a
        // normalizer that puts a ▁ before a text; then </s> at the end of an answer would not be found.
        _asWritten = new AddedTokenMatcher(
            tokens.Where(token => token.IsSpecial || !token.IsNormalized).Select(token => (token.Content, token)));
        _normalized = new AddedTokenMatcher(
        [
            .. tokens.Where(token => token.IsNormalized).Select(token => (normalizer?.Normalize(token.Content) ?? token.Content, token)),
            .. verbatim.Select(token => (token.Content, token)),
        ]);
    }

    public IReadOnlyList<AddedToken> Tokens { get; }

    /// <summary>The text of a token for decoding; a token of normalized text is normalized too.</summary>
    public string Written(AddedToken token) => token.IsNormalized && !token.IsSpecial && _normalizer is not null
        ? _normalizer.Normalize(token.Content)
        : token.Content;

    /// <summary>Splits a text into added tokens and normalized text.</summary>
    public List<(TextPiece Piece, AddedToken? Token)> Split(string text, bool normalize)
    {
        List<(TextPiece Piece, AddedToken? Token)> written = [];
        _asWritten.Split(new TextPiece(text), written);
        List<(TextPiece Piece, AddedToken? Token)> segments = new(written.Count);
        foreach ((TextPiece piece, AddedToken? token) in written)
        {
            if (token is null)
            {
                _normalized.Split(normalize && _normalizer is not null ? _normalizer.Normalize(piece) : piece, segments);
            }
            else
            {
                segments.Add((piece, token));
            }
        }

        return segments;
    }
}
