using System.Collections.Concurrent;

namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>A thread-safe cache of encoded words. When it is full, it takes no more.</summary>
internal sealed class WordCache
{
    private const int Capacity = 50_000;
    private const int LongestWord = 32;

    private readonly ConcurrentDictionary<string, EncodedWord> _words = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, EncodedWord>.AlternateLookup<ReadOnlySpan<char>> _wordsBySpan;
    private int _count;

    public WordCache()
    {
        _wordsBySpan = _words.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public EncodedWord Get(ReadOnlySpan<char> text, TokenModel model)
    {
        if (text.Length > LongestWord)
        {
            return model.Encode(text);
        }

        if (_wordsBySpan.TryGetValue(text, out EncodedWord? word))
        {
            return word;
        }

        word = model.Encode(text);
        if (Volatile.Read(ref _count) < Capacity && _wordsBySpan.TryAdd(text, word))
        {
            Interlocked.Increment(ref _count);
        }

        return word;
    }
}
