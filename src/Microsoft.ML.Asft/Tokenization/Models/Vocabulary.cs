namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>Tokens and their ids, each unique.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly Dictionary<int, string> _tokens = [];

    public Vocabulary()
    {
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyCollection<string> Tokens => _ids.Keys;

    public int HighestId { get; private set; } = -1;

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _idsBySpan.TryGetValue(token, out id);

    public string? TokenOf(int id) => _tokens.GetValueOrDefault(id);

    /// <summary>Adds a token, unless it or its id already exists.</summary>
    public bool TryAdd(string token, int id)
    {
        if (!_tokens.TryAdd(id, token))
        {
            return false;
        }

        if (!_ids.TryAdd(token, id))
        {
            _tokens.Remove(id);
            return false;
        }

        HighestId = Math.Max(HighestId, id);
        return true;
    }
}
