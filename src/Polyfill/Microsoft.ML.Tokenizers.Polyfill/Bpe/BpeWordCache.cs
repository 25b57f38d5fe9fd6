using System.Collections.Concurrent;

namespace Microsoft.ML.Tokenizers;

/// <summary>Short words already encoded; full, it takes no more.</summary>
internal sealed class BpeWordCache
{
    private const int Capacity = 10_000;
    private const int LongestWord = 15;

    private readonly ConcurrentDictionary<string, BpeWord> _words = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, BpeWord>.AlternateLookup<ReadOnlySpan<char>> _wordsBySpan;
    private int _count;

    public BpeWordCache()
    {
        _wordsBySpan = _words.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public bool TryGet(ReadOnlySpan<char> text, out BpeWord word)
    {
        word = null!;
        return text.Length <= LongestWord && _wordsBySpan.TryGetValue(text, out word!);
    }

    public void Add(ReadOnlySpan<char> text, BpeWord word)
    {
        if (text.Length <= LongestWord && Volatile.Read(ref _count) < Capacity && _wordsBySpan.TryAdd(text, word))
        {
            Interlocked.Increment(ref _count);
        }
    }
}
