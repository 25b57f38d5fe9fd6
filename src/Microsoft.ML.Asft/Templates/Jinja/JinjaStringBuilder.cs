using System.Text;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Builds a text. Each character is charged to the budget and keeps its source.</summary>
internal sealed class JinjaStringBuilder(JinjaRun run)
{
    private readonly StringBuilder _text = new();
    private readonly List<JinjaTrace> _traces = [];

    public int Length => _text.Length;

    public JinjaStringBuilder Append(string text)
    {
        run.SpendText(text.Length);
        _text.Append(text);
        return this;
    }

    public JinjaStringBuilder Append(JinjaString text)
    {
        int start = _text.Length;
        Append(text.Text);
        foreach (JinjaTrace trace in text.Traces)
        {
            Add(trace.Shift(start));
        }
        return this;
    }

    /// <summary>Appends the part between two positions of a text.</summary>
    public JinjaStringBuilder Append(JinjaString text, int start, int end) => Append(text.Slice(start, end));

    public JinjaStringBuilder AppendBlanks(long count) => AppendRepeated(' ', count);

    public JinjaStringBuilder AppendRepeated(char character, long count)
    {
        run.SpendText(Math.Max(0, count));
        _text.Append(character, (int)Math.Max(0, count));
        return this;
    }

    /// <summary>Gives a source to the characters after a position that have none.</summary>
    public void Claim(int start, JinjaSource source) => FillGaps(start, trace => trace, new(0, 0, source, -1, 0));

    /// <summary>Marks the characters after a position as written by a generation block; the inner block wins.</summary>
    public void Generate(int start, int generation) => FillGaps(
        start, trace => trace.Generation == 0 ? trace with { Generation = generation } : trace, new(0, 0, null, -1, generation));

    public JinjaString ToJinja() => new(_text.ToString(), [.. _traces]);

    public override string ToString() => _text.ToString();

    private void FillGaps(int start, Func<JinjaTrace, JinjaTrace> change, JinjaTrace filling)
    {
        int first = _traces.FindIndex(trace => trace.End > start);
        JinjaTrace[] since = first < 0 ? [] : [.. _traces.Skip(first)];
        _traces.RemoveRange(first < 0 ? _traces.Count : first, since.Length);
        int at = start;
        foreach (JinjaTrace trace in since)
        {
            AddGap(trace.Start);
            Add(change(trace));
            at = trace.End;
        }
        AddGap(Length);

        void AddGap(int end)
        {
            if (at < end)
            {
                Add(filling with { Start = at, End = end });
            }
        }
    }

    private void Add(JinjaTrace trace)
    {
        if (_traces.Count > 0 && _traces[^1].IsContinuedBy(trace))
        {
            _traces[^1] = _traces[^1] with { End = trace.End };
        }
        else
        {
            _traces.Add(trace);
        }
    }
}
