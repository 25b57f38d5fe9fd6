using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Tokenizers;

/// <summary>Ids back to text.</summary>
internal sealed class BpeDecoder
{
    private readonly BpeModel _model;
    private readonly bool _byteLevel;
    private readonly string? _prefix;
    private readonly string? _suffix;
    private readonly Dictionary<int, string> _specialTokens = [];

    public BpeDecoder(BpeModel model, BpeOptions options, Dictionary<string, int> specialTokens)
    {
        _model = model;
        _byteLevel = options.ByteLevel;
        _prefix = string.IsNullOrEmpty(options.ContinuingSubwordPrefix) ? null : options.ContinuingSubwordPrefix;
        _suffix = string.IsNullOrEmpty(options.EndOfWordSuffix) ? null : options.EndOfWordSuffix;
        foreach ((string token, int id) in specialTokens)
        {
            _specialTokens.Add(id, token);
        }
    }

    public string Decode(IEnumerable<int> ids, bool considerSpecialTokens) =>
        _byteLevel ? DecodeBytes(ids, considerSpecialTokens) : DecodeChars(ids, considerSpecialTokens);

    public OperationStatus Decode(
        IEnumerable<int> ids, Span<char> destination, bool considerSpecialTokens, out int idsConsumed, out int charsWritten) =>
        _byteLevel
            ? DecodeBytes(ids, destination, considerSpecialTokens, out idsConsumed, out charsWritten)
            : DecodeChars(ids, destination, considerSpecialTokens, out idsConsumed, out charsWritten);

    private string DecodeBytes(IEnumerable<int> ids, bool considerSpecialTokens)
    {
        List<byte> bytes = [];
        foreach (int id in ids)
        {
            if (_specialTokens.TryGetValue(id, out string? special))
            {
                if (considerSpecialTokens)
                {
                    ByteAlphabet.AppendBytes(special, bytes);
                }
            }
            else if (_model.TokenOf(id) is string token)
            {
                ByteAlphabet.AppendBytes(Bare(token), bytes);
            }
        }

        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));
    }

    private string DecodeChars(IEnumerable<int> ids, bool considerSpecialTokens)
    {
        StringBuilder text = new();
        foreach (int id in ids)
        {
            bool special = _specialTokens.TryGetValue(id, out string? token);
            special |= id == _model.UnknownId;
            if (!special || considerSpecialTokens)
            {
                text.Append(token ?? _model.TokenOf(id));
            }
        }

        if (_suffix is not null)
        {
            if (text.ToString().EndsWith(_suffix, StringComparison.Ordinal))
            {
                text.Length -= _suffix.Length;
            }

            text.Replace(_suffix, " ");
        }

        return (_prefix is null ? text : text.Replace(_prefix, "")).ToString();
    }

    // Text is written up to the last id that completes a character.
    private OperationStatus DecodeBytes(
        IEnumerable<int> ids, Span<char> destination, bool considerSpecialTokens, out int idsConsumed, out int charsWritten)
    {
        idsConsumed = 0;
        charsWritten = 0;
        int held = 0;
        List<byte> pending = [];
        foreach (int id in ids)
        {
            if (_specialTokens.TryGetValue(id, out string? special))
            {
                if (considerSpecialTokens)
                {
                    if (pending.Count > 0)
                    {
                        return OperationStatus.InvalidData;
                    }

                    if (!special.TryCopyTo(destination[charsWritten..]))
                    {
                        return OperationStatus.DestinationTooSmall;
                    }

                    charsWritten += special.Length;
                }

                idsConsumed++;
                continue;
            }

            if (_model.TokenOf(id) is not string token)
            {
                return OperationStatus.InvalidData;
            }

            ByteAlphabet.AppendBytes(Bare(token), pending);
            switch (LenientUtf8.Decode(pending, destination[charsWritten..], out int written))
            {
                case OperationStatus.Done:
                    charsWritten += written;
                    idsConsumed += held + 1;
                    held = 0;
                    pending.Clear();
                    break;
                case OperationStatus.NeedMoreData:
                    held++;
                    break;
                case OperationStatus status:
                    return status;
            }
        }

        return OperationStatus.Done;
    }

    private OperationStatus DecodeChars(
        IEnumerable<int> ids, Span<char> destination, bool considerSpecialTokens, out int idsConsumed, out int charsWritten)
    {
        idsConsumed = 0;
        charsWritten = 0;
        bool spaceDue = false;
        foreach (int id in ids)
        {
            string? token = _model.TokenOf(id);
            if (token is not null && (id != _model.UnknownId || considerSpecialTokens))
            {
                ReadOnlySpan<char> bare = Bare(token);
                int length = bare.Length + (spaceDue ? 1 : 0);
                if (length > destination.Length - charsWritten)
                {
                    return OperationStatus.DestinationTooSmall;
                }

                if (spaceDue)
                {
                    destination[charsWritten++] = ' ';
                }

                bare.CopyTo(destination[charsWritten..]);
                charsWritten += bare.Length;
                spaceDue = _suffix is not null && token.EndsWith(_suffix, StringComparison.Ordinal);
            }

            idsConsumed++;
        }

        return OperationStatus.Done;
    }

    // The token without the marks of its place in the word.
    private ReadOnlySpan<char> Bare(string token)
    {
        ReadOnlySpan<char> bare = token;
        if (_suffix is not null && bare.EndsWith(_suffix, StringComparison.Ordinal))
        {
            bare = bare[..^_suffix.Length];
        }

        return _prefix is not null && bare.StartsWith(_prefix, StringComparison.Ordinal) ? bare[_prefix.Length..] : bare;
    }
}
