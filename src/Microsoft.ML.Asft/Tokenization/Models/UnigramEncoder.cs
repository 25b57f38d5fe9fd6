using System.Globalization;
using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>Unigram: the pieces with the highest sum of scores, which are log-probabilities (Viterbi's algorithm).</summary>
/// <remarks>
/// Microsoft.ML.Tokenizers' <see cref="Microsoft.ML.Tokenizers.SentencePieceTokenizer"/> is not used: it reads SentencePiece's own
/// files, whose scores are single precision and whose normalization differs from tokenizer.json. So it finds other pieces
/// if two ways to split a word have almost the same score.
/// </remarks>
internal sealed class UnigramEncoder : TokenModel
{
    private const double UnknownPenalty = 10;

    private readonly IReadOnlyList<double> _scores;
    private readonly int? _unknownId;
    private readonly SortedPieces _pieces;
    private readonly double _unknownScore;
    private readonly int[]? _byteIds;

    /// <param name="vocabulary">The pieces; their ids count from 0.</param>
    /// <param name="scores">The scores by id.</param>
    /// <param name="unknownId">The id of characters without a piece.</param>
    /// <param name="hasByteFallback">Whether such characters become <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, if all of these exist.</param>
    public UnigramEncoder(Vocabulary vocabulary, IReadOnlyList<double> scores, int? unknownId, bool hasByteFallback)
        : base(vocabulary)
    {
        _scores = scores;
        _unknownId = unknownId;
        _pieces = new SortedPieces(Enumerable.Range(0, scores.Count).Select(id => (vocabulary.TokenOf(id)!, id)));
        _unknownScore = scores.DefaultIfEmpty().Min() - UnknownPenalty;
        _byteIds = hasByteFallback ? [.. Enumerable.Range(0, 256).Select(ByteId)] : null;

        int ByteId(int value) => vocabulary.TryGetId(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"), out int id) ? id : -1;
    }

    public override EncodedWord Encode(ReadOnlySpan<char> word)
    {
        Step[] best = BestSteps(word);
        List<(int Start, int End)> parts = [];
        int unknownEnd = -1;
        for (int end = word.Length; end > 0; end = best[end].Start)
        {
            // Adjacent unknown characters are one part.
            bool isUnknown = best[end].Id == _unknownId;
            if (isUnknown && unknownEnd >= 0)
            {
                parts[^1] = (best[end].Start, unknownEnd);
            }
            else
            {
                parts.Add((best[end].Start, end));
                unknownEnd = isUnknown ? end : -1;
            }
        }

        parts.Reverse();
        return Identify(word, parts);
    }

    // For each position in the word, the last piece of the best path to it; a start of -1 if there is none.
    private Step[] BestSteps(ReadOnlySpan<char> word)
    {
        Step[] best = new Step[word.Length + 1];
        Array.Fill(best, new Step(-1, -1, 0));
        best[0] = new Step(-1, 0, 0);
        List<(int Id, int Length)> found = [];
        int start = 0;
        foreach (Rune rune in word.EnumerateRunes())
        {
            bool hasSingle = false;
            _pieces.Find(word[start..], found);
            foreach ((int id, int length) in found)
            {
                Offer(best, start, start + length, id, _scores[id]);
                hasSingle |= length == rune.Utf16SequenceLength;
            }

            if (!hasSingle)
            {
                int id = _unknownId ?? throw NoToken(word.Slice(start, rune.Utf16SequenceLength), "no unknown token");
                Offer(best, start, start + rune.Utf16SequenceLength, id, _unknownScore);
            }

            start += rune.Utf16SequenceLength;
        }

        return best;
    }

    private static void Offer(Step[] best, int start, int end, int id, double score)
    {
        double total = best[start].Score + score;
        if (best[end].Start < 0 || total > best[end].Score)
        {
            best[end] = new Step(id, start, total);
        }
    }

    private EncodedWord Identify(ReadOnlySpan<char> word, List<(int Start, int End)> parts)
    {
        List<int> ids = [];
        List<int> starts = [];
        List<int> ends = [];
        foreach ((int start, int end) in parts)
        {
            ReadOnlySpan<char> part = word[start..end];
            int[] partIds = Vocabulary.TryGetId(part, out int id) ? [id] : Fallback(part) ?? [_unknownId!.Value];
            ids.AddRange(partIds);
            starts.AddRange(partIds.Select(_ => start));
            ends.AddRange(partIds.Select(_ => end));
        }

        return new EncodedWord([.. ids], [.. starts], [.. ends]);
    }

    private int[]? Fallback(ReadOnlySpan<char> part)
    {
        if (_byteIds is null)
        {
            return null;
        }

        byte[] utf8 = new byte[Encoding.UTF8.GetByteCount(part)];
        Encoding.UTF8.GetBytes(part, utf8);
        int[] ids = [.. utf8.Select(value => _byteIds[value])];
        return Array.TrueForAll(ids, id => id >= 0) ? ids : null;
    }

    private readonly record struct Step(int Id, int Start, double Score);
}
