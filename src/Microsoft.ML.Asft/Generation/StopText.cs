using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Generation;

/// <summary>
/// Searches for stop strings in a text that comes piece by piece, and holds back text that may become one. The result does not
/// depend on the pieces: it is the stop string that ends first, and of those the one that begins first.
/// </summary>
internal sealed class StopText
{
    private readonly string[] _stops;
    private string _held = "";

    public StopText(IEnumerable<string> stops) => _stops = [.. stops.Where(stop => stop.Length > 0)];

    /// <summary>Gets whether a stop string was found; then no more text follows.</summary>
    public bool IsFound { get; private set; }

    /// <summary>Takes a piece and returns the text that is now final.</summary>
    public string Add(string piece)
    {
        if (_stops.Length == 0)
        {
            return piece;
        }

        string text = _held + piece;
        (int start, int end) = Find(text);
        if (end >= 0)
        {
            IsFound = true;
            _held = "";
            return text[..start];
        }

        int held = LengthToHold(text);
        _held = text[^held..];
        return text[..^held];
    }

    /// <summary>Returns the text that was held back, at the end.</summary>
    public string Flush() => (_held, _held = "").Item1;

    private (int Start, int End) Find(string text)
    {
        (int start, int end) = (-1, -1);
        foreach (string stop in _stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (end < 0 || at + stop.Length < end || (at + stop.Length == end && at < start)))
            {
                (start, end) = (at, at + stop.Length);
            }
        }

        return (start, end);
    }

    private int LengthToHold(string text)
    {
        int longest = Math.Min(text.Length, _stops.Max(stop => stop.Length) - 1);
        for (int length = longest; length > 0; length--)
        {
            if (_stops.Any(stop => stop.AsSpan().StartsWith(text.AsSpan(text.Length - length))))
            {
                return length;
            }
        }

        return 0;
    }
}
