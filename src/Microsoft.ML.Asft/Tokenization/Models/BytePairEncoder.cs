using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>Byte pair encoding of a word, always in O(n log n).</summary>
/// <remarks>
/// <see cref="Microsoft.ML.Tokenizers.BpeTokenizer"/> gives the same tokens for ordinary words. It is not used because its time
/// grows with the square of the word's length (seconds for 100 kB without a space), its merges cannot hold a token with a space
/// in it, and it has no byte fallback.
/// </remarks>
internal sealed class BytePairEncoder : TokenModel
{
    private const int NoId = -1;
    private const char WordStart = '▁';

    private readonly BytePairModel _model;
    private readonly int[] _byteIds;
    private readonly int[] _fallbackIds;
    private readonly int _longestToken;

    public BytePairEncoder(BytePairModel model)
        : base(model.Vocabulary)
    {
        _model = model;
        _byteIds = [.. Bytes().Select(value => IdOf(ByteAlphabet.CharOf(value).ToString()))];
        _fallbackIds = [.. Bytes().Select(value => IdOf($"<0x{value:X2}>"))];
        _longestToken = Vocabulary.Tokens.Select(token => token.Length).DefaultIfEmpty().Max();
        CutsAtWordStarts = !model.IsByteLevel && !HasAffixes && IdOf([WordStart]) != NoId &&
            Vocabulary.Tokens.All(token => NextWordStart(token, 0) == token.Length);

        static IEnumerable<byte> Bytes() => Enumerable.Range(0, 256).Select(value => (byte)value);
    }

    /// <summary>Gets the vocabulary with its merges.</summary>
    public BytePairModel Model => _model;

    /// <summary>
    /// Whether a text may be cut at <see cref="NextWordStart"/> before it is encoded: no token has a ▁ after another character,
    /// so no merge crosses such a cut. It makes words, which a cache can hold, out of a text that nothing else splits.
    /// </summary>
    public override bool CutsAtWordStarts { get; }

    private bool HasAffixes => _model.ContinuingSubwordPrefix.Length + _model.EndOfWordSuffix.Length > 0;

    /// <summary>The next index after <paramref name="start"/> at which a ▁ follows another character, or the length of the text.</summary>
    public static int NextWordStart(ReadOnlySpan<char> text, int start)
    {
        for (int i = start + 1; i < text.Length; i++)
        {
            int found = text[i..].IndexOf(WordStart);
            i = found < 0 ? text.Length : i + found;
            if (i < text.Length && text[i - 1] != WordStart)
            {
                return i;
            }
        }

        return text.Length;
    }

    public override EncodedWord Encode(ReadOnlySpan<char> word)
    {
        if (_model.IgnoresMerges && word.Length <= _longestToken && TryGetWhole(word, out int whole))
        {
            return new EncodedWord([whole], [0], [word.Length]);
        }

        List<Symbol> symbols = Symbols(word);
        Span<Symbol> span = CollectionsMarshal.AsSpan(symbols);
        int count = Merge(span);
        EncodedWord encoded = new(new int[count], new int[count], new int[count]);
        for (int i = 0, at = 0; i < count; i++, at = span[at].Next)
        {
            encoded.Ids[i] = span[at].Id;
            encoded.Starts[i] = span[at].Start;
            encoded.Ends[i] = span[at].End;
        }

        return encoded;
    }

    private bool TryGetWhole(ReadOnlySpan<char> word, out int id) =>
        Vocabulary.TryGetId(_model.IsByteLevel ? ByteAlphabet.Spell(word) : word, out id);

    private int IdOf(ReadOnlySpan<char> token) => Vocabulary.TryGetId(token, out int id) ? id : NoId;

    private List<Symbol> Symbols(ReadOnlySpan<char> word)
    {
        List<Symbol> symbols = new(word.Length);
        Span<byte> utf8 = stackalloc byte[4];
        (int Start, int End)? unknown = null;
        int start = 0;
        foreach (Rune rune in word.EnumerateRunes())
        {
            int end = start + rune.Utf16SequenceLength;
            ReadOnlySpan<byte> bytes = utf8[..rune.EncodeToUtf8(utf8)];
            if (!_model.IsByteLevel)
            {
                Add(symbols, IdOfSymbol(word, start, end), bytes, start, end, ref unknown);
            }
            else
            {
                foreach (byte value in bytes)
                {
                    Add(symbols, _byteIds[value], [value], start, end, ref unknown);
                }
            }

            start = end;
        }

        EndUnknown(symbols, ref unknown);
        return symbols;
    }

    private int IdOfSymbol(ReadOnlySpan<char> word, int start, int end)
    {
        ReadOnlySpan<char> symbol = word[start..end];
        if (!HasAffixes)
        {
            return IdOf(symbol);
        }

        string prefix = start > 0 ? _model.ContinuingSubwordPrefix : "";
        string suffix = end == word.Length ? _model.EndOfWordSuffix : "";
        return IdOf(string.Concat(prefix, symbol, suffix));
    }

    // Unknown characters are held back until the next character with a token, because they may be fused. As in Hugging
    // Face's library, byte fallback tokens of another character come before them.
    private void Add(List<Symbol> symbols, int id, ReadOnlySpan<byte> bytes, int start, int end, ref (int Start, int End)? unknown)
    {
        if (id != NoId)
        {
            EndUnknown(symbols, ref unknown);
            symbols.Add(new Symbol(id, start, end, symbols.Count));
        }
        else if (_model.HasByteFallback && HasFallback(bytes))
        {
            foreach (byte value in bytes)
            {
                symbols.Add(new Symbol(_fallbackIds[value], start, end, symbols.Count));
            }
        }
        else if (_model.MissingUnknown is string missing)
        {
            throw NoToken(Encoding.UTF8.GetString(bytes), $"the unknown token '{missing}' is not in its vocabulary");
        }
        else if (_model.UnknownId is not null)
        {
            if (!_model.FusesUnknown)
            {
                EndUnknown(symbols, ref unknown);
            }

            unknown = (unknown?.Start ?? start, end);
        }
    }

    private void EndUnknown(List<Symbol> symbols, ref (int Start, int End)? unknown)
    {
        if (unknown is (int start, int end))
        {
            symbols.Add(new Symbol(_model.UnknownId!.Value, start, end, symbols.Count));
            unknown = null;
        }
    }

    private bool HasFallback(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (_fallbackIds[value] == NoId)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Merges the linked symbols in place.</summary>
    /// <returns>The number of symbols that are left; the first one is always at index 0.</returns>
    private int Merge(Span<Symbol> symbols)
    {
        // Rank above position: the order in which merges apply. An entry may outlive its pair, so it is checked when it is taken.
        PriorityQueue<int, long> queue = new();
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            Propose(symbols, i, queue);
        }

        int count = symbols.Length;
        while (queue.TryDequeue(out int position, out long priority))
        {
            ref Symbol left = ref symbols[position];
            if (left.Id == NoId || left.Next >= symbols.Length)
            {
                continue;
            }

            ref Symbol right = ref symbols[left.Next];
            if (!_model.Merges.TryGetValue((left.Id, right.Id), out var merge) || merge.Rank != priority >> 32)
            {
                continue;
            }

            left = left with { Id = merge.Id, End = right.End, Next = right.Next };
            right.Id = NoId;
            count--;
            if (left.Next < symbols.Length)
            {
                symbols[left.Next].Previous = position;
                Propose(symbols, position, queue);
            }

            if (left.Previous >= 0)
            {
                Propose(symbols, left.Previous, queue);
            }
        }

        return count;
    }

    private void Propose(Span<Symbol> symbols, int position, PriorityQueue<int, long> queue)
    {
        ref Symbol left = ref symbols[position];
        if (_model.Merges.TryGetValue((left.Id, symbols[left.Next].Id), out var merge))
        {
            queue.Enqueue(position, ((long)merge.Rank << 32) | (uint)position);
        }
    }

    private record struct Symbol(int Id, int Start, int End, int Previous, int Next)
    {
        public Symbol(int id, int start, int end, int index)
            : this(id, start, end, index - 1, index + 1)
        {
        }
    }
}
