using System.Buffers;
using System.Collections.ObjectModel;

namespace Microsoft.ML.Tokenizers;

public sealed class BpeTokenizer : Tokenizer
{
    private readonly BpeModel _model;
    private readonly BpeDecoder _decoder;
    private readonly BpeWordCache _cache = new();
    private readonly PreTokenizer _preTokenizer;
    private readonly Normalizer? _normalizer;
    private readonly Dictionary<string, int> _specialTokens;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _specialTokensBySpan;
    private readonly string? _endOfSentenceToken;
    private readonly int _beginningOfSentenceId;
    private readonly int _endOfSentenceId;

    private BpeTokenizer(BpeOptions options)
    {
        SpecialTokens = options.SpecialTokens;
        ContinuingSubwordPrefix = options.ContinuingSubwordPrefix;
        EndOfWordSuffix = options.EndOfWordSuffix;
        FuseUnknownTokens = options.FuseUnknownTokens;
        ByteLevel = options.ByteLevel;
        BeginningOfSentenceToken = options.BeginningOfSentenceToken;
        _endOfSentenceToken = options.EndOfSentenceToken;
        _preTokenizer = options.PreTokenizer ?? PreTokenizer.CreateWordOrNonWord();
        _normalizer = options.Normalizer;
        _model = new BpeModel(options);
        UnknownToken = options.UnknownToken;
        Vocabulary = new ReadOnlyDictionary<string, int>(_model.Ids);
        _specialTokens = new Dictionary<string, int>(SpecialTokens ?? ReadOnlyDictionary<string, int>.Empty, StringComparer.Ordinal);
        _specialTokensBySpan = _specialTokens.GetAlternateLookup<ReadOnlySpan<char>>();
        _beginningOfSentenceId = SentenceTokenId(BeginningOfSentenceToken, "beginning");
        _endOfSentenceId = SentenceTokenId(_endOfSentenceToken, "end");
        _decoder = new BpeDecoder(_model, options, _specialTokens);
    }

    public IReadOnlyDictionary<string, int>? SpecialTokens { get; }

    public string? UnknownToken { get; }

    public string? ContinuingSubwordPrefix { get; }

    public string? EndOfWordSuffix { get; }

    public bool FuseUnknownTokens { get; }

    public bool ByteLevel { get; }

    public string? BeginningOfSentenceToken { get; }

    public IReadOnlyDictionary<string, int> Vocabulary { get; }

    public override PreTokenizer? PreTokenizer => _preTokenizer;

    public override Normalizer? Normalizer => _normalizer;

    public static BpeTokenizer Create(BpeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new BpeTokenizer(options);
    }

    public override string Decode(IEnumerable<int> ids) => Decode(ids, considerSpecialTokens: true);

    public string Decode(IEnumerable<int> ids, bool considerSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return _decoder.Decode(ids, considerSpecialTokens);
    }

    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten) =>
        Decode(ids, destination, considerSpecialTokens: true, out idsConsumed, out charsWritten);

    public OperationStatus Decode(
        IEnumerable<int> ids, Span<char> destination, bool considerSpecialTokens, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return _decoder.Decode(ids, destination, considerSpecialTokens, out idsConsumed, out charsWritten);
    }

    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        if (string.IsNullOrEmpty(text) && textSpan.IsEmpty)
        {
            return new EncodeResults<EncodedToken> { Tokens = [] };
        }

        var (source, normalized, pieces) = Prepare(text, textSpan, settings);
        List<EncodedToken> tokens = [];
        if (BeginningOfSentenceToken is not null)
        {
            tokens.Add(new EncodedToken(_beginningOfSentenceId, BeginningOfSentenceToken, new Range(0, 0)));
        }

        foreach ((int offset, int length) in pieces)
        {
            AddTokens(source.AsSpan(offset, length), offset, tokens);
        }

        if (_endOfSentenceToken is not null)
        {
            tokens.Add(new EncodedToken(_endOfSentenceId, _endOfSentenceToken, new Range(source.Length, source.Length)));
        }

        return new EncodeResults<EncodedToken> { Tokens = tokens, NormalizedText = normalized, CharsConsumed = source.Length };
    }

    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        List<int> ids = [];
        Encode(text, textSpan, settings, ids, out string? normalized, out int consumed);
        return new EncodeResults<int> { Tokens = ids, NormalizedText = normalized, CharsConsumed = consumed };
    }

    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        Encode(text, textSpan, settings, null, out _, out _);

    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        if (fromEnd)
        {
            return IndexFromEnd(text, textSpan, settings, out normalizedText, out tokenCount);
        }

        tokenCount = Encode(text, textSpan, settings, null, out normalizedText, out int consumed);
        return consumed;
    }

    private int Encode(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, List<int>? ids, out string? normalized, out int consumed)
    {
        int limit = CheckedLimit(settings);
        consumed = 0;
        normalized = null;
        if (string.IsNullOrEmpty(text) && textSpan.IsEmpty)
        {
            return 0;
        }

        (string source, normalized, var pieces) = Prepare(text, textSpan, settings);
        if (BeginningOfSentenceToken is not null)
        {
            ids?.Add(_beginningOfSentenceId);
        }

        // Without pre-tokenization the real one forgets the beginning of the sentence when it counts.
        int count = BeginningOfSentenceToken is not null && settings.ConsiderPreTokenization ? 1 : 0;
        foreach ((int offset, int length) in pieces)
        {
            count += AddIds(source.AsSpan(offset, length), limit - count, ids, out int pieceConsumed);
            consumed = offset + pieceConsumed;
            if (pieceConsumed < length || count >= limit)
            {
                break;
            }
        }

        if (_endOfSentenceToken is not null && (ids?.Count ?? count) < limit)
        {
            ids?.Add(_endOfSentenceId);
            count++;
        }

        return count;
    }

    private int IndexFromEnd(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, out string? normalized, out int count)
    {
        int limit = CheckedLimit(settings);
        normalized = null;
        count = 0;
        if (string.IsNullOrEmpty(text) && textSpan.IsEmpty)
        {
            return 0;
        }

        (string source, normalized, var pieces) = Prepare(text, textSpan, settings);
        int reserved = _endOfSentenceToken is null ? 0 : 1;
        if (!settings.ConsiderPreTokenization)
        {
            // Here the real one leaves room for the end of the sentence but does not count it.
            count = CountFromEnd(source, limit - reserved, out int start);
            count += count < limit && BeginningOfSentenceToken is not null ? 1 : 0;
            return start;
        }

        count = reserved;
        foreach ((int offset, int length) in pieces.Reverse())
        {
            count += CountFromEnd(source.AsSpan(offset, length), limit - count, out int start);
            if (start > 0 || count >= limit)
            {
                return offset + start;
            }
        }

        count += count < limit && BeginningOfSentenceToken is not null ? 1 : 0;
        return 0;
    }

    private int CountFromEnd(ReadOnlySpan<char> piece, int limit, out int start)
    {
        start = 0;
        if (limit > 0 && _specialTokensBySpan.ContainsKey(piece))
        {
            return 1;
        }

        BpeWord word = WordOf(piece);
        int count = Math.Min(word.Ids.Length, limit);
        if (count < word.Ids.Length)
        {
            int length = ByteLevel ? Sources(piece).Length : piece.Length;
            start = SourceIndex(piece, length - word.LengthOf(word.Ids.Length - count, count));
        }

        return count;
    }

    private (string Source, string? Normalized, IEnumerable<(int Offset, int Length)> Pieces) Prepare(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        string source = text ?? textSpan.ToString();
        string? normalized = settings.ConsiderNormalization ? _normalizer?.Normalize(source) : null;
        source = normalized ?? source;
        IEnumerable<(int Offset, int Length)> pieces = settings.ConsiderPreTokenization
            ? _preTokenizer.PreTokenize(source)
            : [(0, source.Length)];
        return (source, normalized, pieces);
    }

    private int AddIds(ReadOnlySpan<char> piece, int limit, List<int>? ids, out int consumed)
    {
        consumed = piece.Length;
        if (limit > 0 && _specialTokensBySpan.TryGetValue(piece, out int special))
        {
            ids?.Add(special);
            return 1;
        }

        BpeWord word = WordOf(piece);
        int count = Math.Min(word.Ids.Length, limit);
        if (count < word.Ids.Length)
        {
            consumed = SourceIndex(piece, word.LengthOf(0, count));
        }

        ids?.AddRange(word.Ids.AsSpan(0, count));
        return count;
    }

    private void AddTokens(ReadOnlySpan<char> piece, int offset, List<EncodedToken> tokens)
    {
        if (_specialTokensBySpan.TryGetValue(piece, out string? special, out int specialId))
        {
            tokens.Add(new EncodedToken(specialId, special, new Range(offset, offset + piece.Length)));
            return;
        }

        BpeWord word = WordOf(piece);
        int[]? sources = ByteLevel ? Sources(piece) : null;
        int at = 0;
        for (int i = 0; i < word.Ids.Length; i++)
        {
            int end = at + word.Lengths[i];
            Range range = sources is null
                ? new Range(offset + at, offset + end)
                : new Range(offset + sources[at], offset + sources[end - 1] + 1);
            tokens.Add(new EncodedToken(word.Ids[i], _model.TokenOf(word.Ids[i])!, range));
            at = end;
        }
    }

    private BpeWord WordOf(ReadOnlySpan<char> piece)
    {
        if (_cache.TryGet(piece, out BpeWord word))
        {
            return word;
        }

        if (ByteLevel)
        {
            int capacity = ByteAlphabet.MaxLength(piece.Length);
            char[] chars = ArrayPool<char>.Shared.Rent(capacity);
            int[] sources = ArrayPool<int>.Shared.Rent(capacity);
            word = _model.Encode(chars.AsSpan(0, ByteAlphabet.Transform(piece, chars, sources)));
            ArrayPool<char>.Shared.Return(chars);
            ArrayPool<int>.Shared.Return(sources);
        }
        else
        {
            word = _model.Encode(piece);
        }

        _cache.Add(piece, word);
        return word;
    }

    // Lengths of a word's tokens count characters of the byte alphabet when ByteLevel is on; this goes back to the text's.
    private int SourceIndex(ReadOnlySpan<char> piece, int index)
    {
        if (!ByteLevel)
        {
            return index;
        }

        int[] sources = Sources(piece);
        return index < sources.Length ? sources[index] : piece.Length;
    }

    private static int[] Sources(ReadOnlySpan<char> piece)
    {
        int capacity = ByteAlphabet.MaxLength(piece.Length);
        int[] sources = new int[capacity];
        return sources[..ByteAlphabet.Transform(piece, new char[capacity], sources)];
    }

    private int SentenceTokenId(string? token, string which)
    {
        if (token is null)
        {
            return 0;
        }

        if (_model.Ids.TryGetValue(token, out int id) || _specialTokens.TryGetValue(token, out id))
        {
            return id;
        }

        throw new InvalidOperationException($"The {which} of sentence token '{token}' was not present in the vocabulary.");
    }

    private static int CheckedLimit(EncodeSettings settings) => settings.MaxTokenCount > 0
        ? settings.MaxTokenCount
        : throw new ArgumentOutOfRangeException(
            nameof(settings.MaxTokenCount), "The maximum number of tokens must be greater than zero.");
}
