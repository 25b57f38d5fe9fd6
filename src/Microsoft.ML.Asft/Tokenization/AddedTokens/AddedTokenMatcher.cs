using System.Buffers;
using System.Text;
using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.AddedTokens;

/// <summary>Splits a text at its added tokens: the leftmost first, and the longest of those that begin at one position.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<string, AddedToken> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AddedToken>.AlternateLookup<ReadOnlySpan<char>> _tokensBySpan;
    private readonly int[] _lengths;
    private readonly SearchValues<string> _search;

    /// <param name="tokens">The tokens, each with its text; of two with the same text, the last one counts.</param>
    public AddedTokenMatcher(IEnumerable<(string Written, AddedToken Token)> tokens)
    {
        foreach ((string written, AddedToken token) in tokens.Where(entry => entry.Written.Length > 0))
        {
            _tokens[written] = token;
        }

        _tokensBySpan = _tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengths = [.. _tokens.Keys.Select(written => written.Length).Distinct().OrderDescending()];
        _search = SearchValues.Create([.. _tokens.Keys], StringComparison.Ordinal);
    }

    /// <summary>Adds the parts of a piece to <paramref name="segments"/>: those that are a token, and the text between them.</summary>
    public void Split(TextPiece piece, List<(TextPiece Piece, AddedToken? Token)> segments)
    {
        ReadOnlySpan<char> text = piece.Span;
        int taken = 0;
        int at = 0;
        while (_lengths.Length > 0 && text[at..].IndexOfAny(_search) is int found and >= 0)
        {
            int start = at + found;
            AddedToken token = Longest(text[start..], out int length);
            int end = at = start + length;
            if (token.IsSingleWord && (EndsInWord(text[..start]) || BeginsWithWord(text[end..])))
            {
                continue;
            }

            if (token.StripsLeft)
            {
                start = Math.Max(taken, text[..start].TrimEnd().Length);
            }

            if (token.StripsRight)
            {
                end = text.Length - text[end..].TrimStart().Length;
            }

            // The white space of the previous token may overlap this one.
            start = Math.Max(start, taken);
            end = Math.Max(start, end);
            if (start > taken)
            {
                segments.Add((piece.Slice(taken, start - taken), null));
            }

            segments.Add((piece.Slice(start, end - start), token));
            taken = end;
        }

        if (taken < text.Length)
        {
            segments.Add((piece.Slice(taken, text.Length - taken), null));
        }
    }

    private AddedToken Longest(ReadOnlySpan<char> text, out int length)
    {
        foreach (int candidate in _lengths)
        {
            if (candidate <= text.Length && _tokensBySpan.TryGetValue(text[..candidate], out AddedToken? token))
            {
                length = candidate;
                return token;
            }
        }

        throw new InvalidOperationException("The search found a token that is not in the list.");
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWordCharacter(rune);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWordCharacter(rune);

    private static bool IsWordCharacter(Rune rune) => CharacterProperties.RustWord.Contains(rune.Value);
}
