using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Tokenization.AddedTokens;
using Microsoft.ML.Asft.Tokenization.Decoders;
using Microsoft.ML.Asft.Tokenization.Loading;
using Microsoft.ML.Asft.Tokenization.Models;
using Microsoft.ML.Asft.Tokenization.Streaming;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Tokenization;

/// <summary>
/// The tokenizer of a Hugging Face model folder, defined by <c>tokenizer.json</c> or SentencePiece's <c>tokenizer.model</c>.
/// </summary>
/// <remarks>
/// <para>
/// Ids and text equal those of Hugging Face's <c>tokenizers</c> library, version 0.23.2. It supports the models BPE, Unigram, WordPiece
/// and WordLevel; errors name anything else. Truncation and padding settings of the file are not applied, see
/// <see cref="Warnings"/>.
/// </para>
/// <para>
/// Offsets of tokens refer to the given text, in UTF-16 units, also if a normalizer changed it; the normalized text is
/// therefore always null. If characters were composed or reordered, each resulting token covers all of them. Tokens that share
/// a character, such as the bytes of an emoji, each cover the whole character. A token without text, such as
/// one added before the text, has an empty range. A lone surrogate is read as U+FFFD.
/// </para>
/// <para>Any number of threads may use one instance at the same time.</para>
/// </remarks>
public sealed class HuggingFaceTokenizer : Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly WordCache _cache = new();
    private readonly Vocabulary _added = new();
    private readonly Dictionary<int, string> _written = [];

    internal HuggingFaceTokenizer(TokenizerParts parts)
    {
        _parts = parts;
        foreach (AddedToken token in parts.Added.Tokens)
        {
            if (_added.TryAdd(token.Content, token.Id) && parts.Added.Written(token) is var written && written != token.Content)
            {
                _written[token.Id] = written;
            }
        }

        VocabSize = Math.Max(parts.Model.Vocabulary.HighestId, _added.HighestId) + 1;
        SpecialTokenIds = parts.Added.Tokens.Where(token => token.IsSpecial).Select(token => token.Id).Concat(parts.SpecialIds).ToHashSet();
    }

    /// <summary>The highest id of the tokenizer plus one: the minimum number of rows of an embedding.</summary>
    public int VocabSize { get; }

    /// <summary>The ids that decoding leaves out if it skips special tokens.</summary>
    public IReadOnlySet<int> SpecialTokenIds { get; }

    /// <summary>The id that begins a text, from tokenizer_config.json; null if it names none.</summary>
    public int? BosTokenId => RoleId("bos_token");

    /// <summary>The id that ends a text, from tokenizer_config.json; null if it names none.</summary>
    public int? EosTokenId => RoleId("eos_token");

    /// <summary>The padding id, from tokenizer_config.json; null if it names none.</summary>
    public int? PadTokenId => RoleId("pad_token");

    /// <summary>The id of characters without a token, from tokenizer_config.json; null if it names none.</summary>
    public int? UnkTokenId => RoleId("unk_token");

    /// <summary>Warnings about settings of the files that are not applied, one sentence each; usually empty.</summary>
    public IReadOnlyList<string> Warnings => _parts.Warnings;

    /// <summary>The tokens and merges of the tokenizer; collected at each call.</summary>
    /// <exception cref="NotSupportedException">It is not a byte pair tokenizer.</exception>
    public TokenizerDefinition Definition => TokenizerDefinition.Of(_parts);

    /// <inheritdoc/>
    public override Normalizer? Normalizer => _parts.Normalizer;

    /// <inheritdoc/>
    public override PreTokenizer? PreTokenizer => _parts.PreTokenizer;

    /// <summary>Loads a model folder's tokenizer: its <c>tokenizer.json</c>, or else its SentencePiece <c>tokenizer.model</c>.</summary>
    /// <param name="folder">The folder; a <c>tokenizer_config.json</c> in it says which tokens begin and end a text.</param>
    /// <exception cref="FileNotFoundException">The folder has neither file.</exception>
    /// <exception cref="InvalidDataException">A file is malformed; the message names the file and the place in it.</exception>
    /// <exception cref="NotSupportedException">A file needs something that is not supported; the message names it.</exception>
    public static HuggingFaceTokenizer Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new HuggingFaceTokenizer(TokenizerFolder.Read(folder));
    }

    /// <summary>The token of an id, as in the vocabulary; null if there is none.</summary>
    public string? IdToToken(int id) => _added.TokenOf(id) ?? _parts.Model.Vocabulary.TokenOf(id);

    /// <summary>The id of a token, as in the vocabulary; null if there is none.</summary>
    public int? TokenToId(string token) =>
        _added.TryGetId(token, out int id) || _parts.Model.Vocabulary.TryGetId(token, out id) ? id : null;

    /// <summary>Encodes a text, with or without the special tokens that the tokenizer puts around every text.</summary>
    /// <param name="text">The text. Special tokens in it are found in either case.</param>
    /// <param name="addSpecialTokens">Whether to add them before and after the text; usually one begins the text.</param>
    /// <remarks>
    /// Without the second argument no special tokens are added. On a variable of type <see cref="Tokenizer"/> the second argument
    /// has a different meaning: whether to consider pre-tokenization.
    /// </remarks>
    public IReadOnlyList<int> EncodeToIds(string text, bool addSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        TokenRun run = Encode(text, new EncodeSettings { ConsiderNormalization = true, ConsiderPreTokenization = true }, wantRanges: false);
        return addSpecialTokens ? [.. _parts.Template.Before, .. run.Ids, .. _parts.Template.After] : run.Ids;
    }

    /// <summary>Encodes a text, with or without the special tokens that the tokenizer puts around every text.</summary>
    /// <param name="text">The text. Special tokens in it are found in either case.</param>
    /// <param name="addSpecialTokens">Whether to add them before and after the text; their ranges are empty.</param>
    public IReadOnlyList<EncodedToken> EncodeToTokens(string text, bool addSpecialTokens)
    {
        IReadOnlyList<EncodedToken> tokens = EncodeToTokens(text, out _);
        if (!addSpecialTokens)
        {
            return tokens;
        }

        return
        [
            .. _parts.Template.Before.Select(id => TokenAt(id, 0, 0)),
            .. tokens,
            .. _parts.Template.After.Select(id => TokenAt(id, text.Length, text.Length)),
        ];
    }

    /// <summary>Decodes ids, including special tokens. Ids that are not in the vocabulary are ignored.</summary>
    /// <param name="ids">The ids.</param>
    public override string Decode(IEnumerable<int> ids) => Decode(ids, skipSpecialTokens: false);

    /// <summary>Decodes ids. Ids that are not in the vocabulary are ignored.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(ids);
        TokenStream stream = OpenStream(skipSpecialTokens);
        foreach (int id in ids)
        {
            stream.AddSilently(id);
        }

        return stream.End();
    }

    /// <inheritdoc/>
    /// <remarks>It writes the whole text, or nothing if <paramref name="destination"/> is too small.</remarks>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        IReadOnlyCollection<int> all = ids as IReadOnlyCollection<int> ?? [.. ids];
        string text = Decode(all);
        bool fits = text.TryCopyTo(destination);
        idsConsumed = fits ? all.Count : 0;
        charsWritten = fits ? text.Length : 0;
        return fits ? OperationStatus.Done : OperationStatus.DestinationTooSmall;
    }

    /// <summary>Makes a decoder that takes one id at a time.</summary>
    internal TokenStream OpenStream(bool skipSpecialTokens)
    {
        TextSink sink = new(_parts.Decoder is null ? " " : "");
        DecoderStep first = _parts.Decoder?.Connect(sink, isFused: false) ?? sink;
        return new TokenStream(id => _written.GetValueOrDefault(id) ?? IdToToken(id), skipSpecialTokens ? SpecialTokenIds : null, first, sink);
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        text ??= textSpan.ToString();
        TokenRun run = Encode(text, settings, wantRanges: settings.MaxTokenCount < int.MaxValue);
        return new EncodeResults<int> { Tokens = run.Ids, CharsConsumed = run.CharsConsumed(text) };
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        text ??= textSpan.ToString();
        TokenRun run = Encode(text, settings, wantRanges: true);
        EncodedToken[] tokens = new EncodedToken[run.Ids.Count];
        for (int i = 0; i < tokens.Length; i++)
        {
            (int start, int end) = run.Ranges![i];
            tokens[i] = TokenAt(run.Ids[i], start, end);
        }

        return new EncodeResults<EncodedToken> { Tokens = tokens, CharsConsumed = run.CharsConsumed(text) };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        Encode(text ?? textSpan.ToString(), settings, wantRanges: false).Ids.Count;

    private EncodedToken TokenAt(int id, int start, int end) => new(id, IdToToken(id) ?? "", new Range(start, end));

    private TokenRun Encode(string text, EncodeSettings settings, bool wantRanges)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.MaxTokenCount);
        TokenRun run = new(settings.MaxTokenCount, wantRanges);
        List<TextPiece> pieces = [];
        foreach ((TextPiece piece, AddedToken? token) in _parts.Added.Split(WellFormed(text), settings.ConsiderNormalization))
        {
            if (run.IsFull)
            {
                break;
            }

            if (token is not null)
            {
                run.Add(token.Id, piece);
                continue;
            }

            pieces.Clear();
            if (settings.ConsiderPreTokenization && _parts.PreTokenizer is not null)
            {
                _parts.PreTokenizer.Split(piece, pieces);
            }
            else if (!piece.IsEmpty)
            {
                pieces.Add(piece);
            }

            EncodePieces(pieces, run);
        }

        return run;
    }

    private void EncodePieces(List<TextPiece> pieces, TokenRun run)
    {
        foreach (TextPiece piece in CollectionsMarshal.AsSpan(pieces))
        {
            int start = 0;
            while (start < piece.Length && !run.IsFull)
            {
                int end = _parts.Model.CutsAtWordStarts ? BytePairEncoder.NextWordStart(piece.Span, start) : piece.Length;
                TextPiece word = piece.Slice(start, end - start);
                run.Add(_cache.Get(word.Span, _parts.Model), word);
                start = end;
            }
        }
    }

    // Lone surrogates have no UTF-8; other text is unchanged.
    private static string WellFormed(string text)
    {
        int surrogate = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (surrogate < 0)
        {
            return text;
        }

        char[]? mended = null;
        for (int i = surrogate; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                mended ??= text.ToCharArray();
                mended[i] = '\uFFFD';
            }
        }

        return mended is null ? text : new string(mended);
    }

    private int? RoleId(string role) => _parts.Roles.TryGetValue(role, out string? token) ? TokenToId(token) : null;
}
