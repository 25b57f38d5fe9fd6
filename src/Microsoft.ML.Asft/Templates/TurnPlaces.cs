using Microsoft.ML.Asft.Templates.Jinja;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Templates;

/// <summary>The positions of each message's texts in a rendering.</summary>
internal sealed class TurnPlaces
{
    private readonly List<JinjaTrace> _first = [];
    private readonly JinjaTrace[] _all;
    private readonly int _length;
    private readonly Dictionary<int, (int Start, int End)> _of = [];

    public TurnPlaces(JinjaString rendering)
    {
        _all = [.. rendering.Traces.Where(trace => trace.Source is not null)];
        _length = rendering.Length;
        var seen = new Dictionary<JinjaSource, int>();
        foreach (JinjaTrace trace in _all)
        {
            // Text that is written again later, such as the name of a called tool, is not part of the turn.
            if (trace.Offset >= 0 && trace.Offset < seen.GetValueOrDefault(trace.Source!))
            {
                continue;
            }
            if (trace.Offset >= 0)
            {
                seen[trace.Source!] = trace.Offset + trace.End - trace.Start;
            }
            _first.Add(trace);
            int message = trace.Source!.Message;
            _of[message] = _of.TryGetValue(message, out var place) ? (place.Start, trace.End) : (trace.Start, trace.End);
        }
    }

    /// <summary>Whether two runs end with the same character of a message, or there are none.</summary>
    public static bool AreSame(JinjaTrace? left, JinjaTrace? right) => (Last(left), Last(right)) is var (a, b) && a == b;

    /// <summary>Gets the beginning and end of a message's texts; null if it has none.</summary>
    public (int Start, int End)? Of(int message) => _of.TryGetValue(message, out var place) ? place : null;

    /// <summary>Sets the position of a message without words.</summary>
    public void AddEmpty(int message, int at) => _of[message] = (at, at);

    /// <summary>Gets the position of the last message without words before a given one; 0 if there is none.</summary>
    public int LastEmptyBefore(int message, int place) => _of
        .Where(other => other.Key < message && other.Value.Start == other.Value.End && other.Value.Start <= place)
        .Select(other => other.Value.Start).DefaultIfEmpty(0).Max();

    /// <summary>Whether texts of other messages are between those of a message.</summary>
    public bool IsInterrupted(int message) => _of[message] is var (start, end)
        && (_first.Exists(trace => trace.Source!.Message != message && trace.End > start && trace.Start < end)
            || _of.Any(other => other.Key != message && other.Value.Start > start && other.Value.Start < end));

    /// <summary>Whether the first of a message's texts is its content, and not a tool call.</summary>
    public bool BeginsWithContent(int message) =>
        _first.Find(trace => trace.Source!.Message == message).Source is null or { Field: "content" };

    /// <summary>Gets the last run that ends before a position.</summary>
    public JinjaTrace? LastBefore(int place) => Array.FindLastIndex(_all, trace => trace.End <= place) is >= 0 and int last ? _all[last] : null;

    /// <summary>Gets the beginning of the next text of a message, or the end of the rendering.</summary>
    public int NextAfter(int place) => Math.Min(
        _all.FirstOrDefault(trace => trace.Start >= place, new(_length, _length, null, 0, 0)).Start,
        _of.Values.Where(other => other.Start == other.End && other.Start > place).Select(other => other.Start).DefaultIfEmpty(_length).Min());

    private static (int Message, string Field, int End)? Last(JinjaTrace? trace) => trace is { Source: { } source } run
        ? (source.Message, source.Field, run.Offset < 0 ? -1 : run.Offset + run.End - run.Start)
        : null;
}
