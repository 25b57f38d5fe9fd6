using System.Runtime.InteropServices;

namespace Microsoft.ML.Tokenizers;

/// <summary>Vocabulary and merges: splits a word into the symbols the vocabulary knows and merges them by rank.</summary>
internal sealed class BpeModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly Dictionary<int, string> _tokens = [];
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges = [];
    private readonly string? _prefix;
    private readonly string? _suffix;
    private readonly int? _unknownId;
    private readonly bool _fuseUnknown;

    public BpeModel(BpeOptions options)
    {
        Ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, int id) in options.Vocabulary)
        {
            Ids.Add(token, id);
            _tokens.Add(id, token);
        }

        if (Ids.Count == 0)
        {
            throw new InvalidOperationException("The vocabulary cannot be empty.");
        }

        _idsBySpan = Ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _prefix = options.ContinuingSubwordPrefix;
        _suffix = options.EndOfWordSuffix;
        _fuseUnknown = options.FuseUnknownTokens;
        _unknownId = options.UnknownToken is null ? null
            : Ids.TryGetValue(options.UnknownToken, out int unknownId) ? unknownId
            : throw new InvalidOperationException($"Unknown Token '{options.UnknownToken}' was not present in 'Vocabulary'.");

        int rank = 0;
        foreach (string merge in options.Merges ?? [])
        {
            AddMerge(merge, rank++);
        }
    }

    public Dictionary<string, int> Ids { get; }

    public int? UnknownId => _unknownId;

    public string? TokenOf(int id) => _tokens.GetValueOrDefault(id);

    public BpeWord Encode(ReadOnlySpan<char> text)
    {
        List<Symbol> symbols = Symbols(text);
        Span<Symbol> span = CollectionsMarshal.AsSpan(symbols);
        int count = Merge(span);

        int[] ids = new int[count];
        int[] lengths = new int[count];
        for (int i = 0, at = 0; i < count; i++, at = span[at].Next)
        {
            ids[i] = span[at].Id;
            lengths[i] = span[at].Length;
        }

        return new BpeWord(ids, lengths);
    }

    private void AddMerge(string merge, int rank)
    {
        if (merge is null)
        {
            throw new InvalidOperationException("The merge entries cannot be null.");
        }

        int space = merge.IndexOf(' ');
        if (space < 0 || space == merge.Length - 1 || merge.IndexOf(' ', space + 1) >= 0)
        {
            throw new InvalidOperationException("Invalid merger file format");
        }

        string left = merge[..space];
        string right = merge[(space + 1)..];
        int leftId = IdOf(left);
        int rightId = IdOf(right);
        int prefixLength = _prefix?.Length ?? 0;
        if (right.Length <= prefixLength)
        {
            throw new InvalidOperationException(
                $"The merge value '{right}' is too short to be merged with a prefix of length {prefixLength}. " +
                "This implies that the merge file is either damaged or missing the prefix in its entries.");
        }

        _merges.Add((leftId, rightId), (rank, IdOf(left + right[prefixLength..])));

        int IdOf(string token) => Ids.TryGetValue(token, out int id)
            ? id
            : throw new InvalidOperationException($"Trying to merge a token '{token}' which not exist in the vocabulary.");
    }

    private List<Symbol> Symbols(ReadOnlySpan<char> text)
    {
        List<Symbol> symbols = new(text.Length);
        int unknownLength = 0;
        for (int i = 0; i < text.Length;)
        {
            int length = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) ? 2 : 1;
            if (TryGetId(text, i, length, out int id))
            {
                AddUnknown(symbols, ref unknownLength);
                Add(symbols, id, length);
            }
            else if (_unknownId is not null)
            {
                if (!_fuseUnknown)
                {
                    AddUnknown(symbols, ref unknownLength);
                }

                unknownLength += length;
            }

            i += length;
        }

        AddUnknown(symbols, ref unknownLength);
        return symbols;
    }

    private bool TryGetId(ReadOnlySpan<char> text, int start, int length, out int id)
    {
        bool hasPrefix = start > 0 && !string.IsNullOrEmpty(_prefix);
        bool hasSuffix = start + length == text.Length && !string.IsNullOrEmpty(_suffix);
        ReadOnlySpan<char> symbol = text.Slice(start, length);
        return hasPrefix || hasSuffix
            ? Ids.TryGetValue(string.Concat(hasPrefix ? _prefix : "", symbol, hasSuffix ? _suffix : ""), out id)
            : _idsBySpan.TryGetValue(symbol, out id);
    }

    private void AddUnknown(List<Symbol> symbols, ref int length)
    {
        if (length > 0)
        {
            Add(symbols, _unknownId!.Value, length);
            length = 0;
        }
    }

    private static void Add(List<Symbol> symbols, int id, int length) =>
        symbols.Add(new Symbol { Id = id, Length = length, Previous = symbols.Count - 1, Next = symbols.Count + 1 });

    /// <summary>Merges the linked symbols in place, lowest rank first and leftmost first within a rank.</summary>
    /// <returns>How many symbols are left; the first one is always at index 0.</returns>
    private int Merge(Span<Symbol> symbols)
    {
        PriorityQueue<(int Position, int Id), long> queue = new();
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            Propose(symbols, i, queue);
        }

        int count = symbols.Length;
        while (queue.TryDequeue(out (int Position, int Id) merge, out _))
        {
            ref Symbol left = ref symbols[merge.Position];
            if (left.Length == 0 || left.Next >= symbols.Length)
            {
                continue;
            }

            ref Symbol right = ref symbols[left.Next];
            if (!_merges.TryGetValue((left.Id, right.Id), out (int Rank, int Id) current) || current.Id != merge.Id)
            {
                continue; // one of the two has been merged with another since
            }

            left.Id = merge.Id;
            left.Length += right.Length;
            left.Next = right.Next;
            right.Length = 0;
            count--;
            if (left.Next < symbols.Length)
            {
                symbols[left.Next].Previous = merge.Position;
                Propose(symbols, merge.Position, queue);
            }

            if (left.Previous >= 0)
            {
                Propose(symbols, left.Previous, queue);
            }
        }

        return count;
    }

    private void Propose(Span<Symbol> symbols, int position, PriorityQueue<(int Position, int Id), long> queue)
    {
        ref Symbol left = ref symbols[position];
        if (_merges.TryGetValue((left.Id, symbols[left.Next].Id), out (int Rank, int Id) merge))
        {
            queue.Enqueue((position, merge.Id), ((long)merge.Rank << 32) | (uint)position);
        }
    }

    private struct Symbol
    {
        public int Id;
        public int Length;
        public int Previous;
        public int Next;
    }
}
