using Microsoft.ML.Asft.Tokenization.Models;

namespace Microsoft.ML.Asft.Tokenization;

/// <summary>Collects tokens up to a limit, with their positions in the original text if needed.</summary>
internal sealed class TokenRun(int limit, bool wantRanges)
{
    public List<int> Ids { get; } = [];

    public List<(int Start, int End)>? Ranges { get; } = wantRanges ? [] : null;

    public bool IsFull => Ids.Count >= limit;

    public void Add(int id, TextPiece piece)
    {
        Ids.Add(id);
        Ranges?.Add(piece.OriginalRange(0, piece.Length));
    }

    public void Add(EncodedWord word, TextPiece piece)
    {
        int count = Math.Min(word.Ids.Length, limit - Ids.Count);
        Ids.AddRange(word.Ids.AsSpan(0, count));
        for (int i = 0; i < count && Ranges is not null; i++)
        {
            Ranges.Add(piece.OriginalRange(word.Starts[i], word.Ends[i] - word.Starts[i]));
        }
    }

    /// <summary>The length of the text that the tokens cover: the whole text, unless the limit was reached.</summary>
    public int CharsConsumed(string text) => IsFull && Ranges is [.., var last] ? last.End : text.Length;
}
