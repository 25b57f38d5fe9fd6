using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>
/// A text value of a template. Each character records the message that it was copied from. Whatever a template does
/// with the text (trim, split, replace, join), the remaining characters keep their source.
/// </summary>
internal sealed class JinjaString : IEquatable<JinjaString>
{
    public JinjaString(string text)
        : this(text, [])
    {
    }

    /// <param name="text">The text.</param>
    /// <param name="traces">The sources of its characters, in order; characters of the template have none.</param>
    /// <param name="isMarkup">Whether it is HTML, as the filters <c>safe</c> and <c>escape</c> make it.</param>
    public JinjaString(string text, JinjaTrace[] traces, bool isMarkup = false)
    {
        Text = text;
        Traces = traces;
        IsMarkup = isMarkup;
    }

    public static JinjaString Empty { get; } = new("");

    public string Text { get; }

    public JinjaTrace[] Traces { get; }

    public bool IsMarkup { get; }

    public int Length => Text.Length;

    [return: NotNullIfNotNull(nameof(text))]
    public static implicit operator JinjaString?(string? text) => text is null ? null : new(text);

    /// <summary>Makes a text that comes from a message as a whole.</summary>
    public static JinjaString From(string text, JinjaSource? source) =>
        source is null || text.Length == 0 ? new(text) : new(text, [new(0, text.Length, source, 0, 0)]);

    /// <summary>Returns the part between two positions of <see cref="Text"/>.</summary>
    public JinjaString Slice(int start, int end) => start == 0 && end == Length ? this
        : end <= start ? Empty
        : new(Text[start..end], TracesBetween(start, end));

    public JinjaTrace[] TracesBetween(int start, int end) =>
        Traces.Length == 0 ? [] : [.. Traces.Where(trace => trace.Start < end && trace.End > start).Select(trace => trace.Cut(start, end))];

    /// <summary>Rewrites the text one character for one; or piece by piece if the number of characters changes.</summary>
    public JinjaString Map(JinjaRun run, Func<string, string> map)
    {
        string mapped = map(Text);
        if (Traces.Length == 0 || mapped.Length == Text.Length)
        {
            return new(mapped, Traces);
        }
        // The number of a run's characters may change. Then the run loses its position in the source, but keeps the source.
        var pieces = new JinjaStringBuilder(run);
        int at = 0;
        foreach (JinjaTrace trace in Traces)
        {
            pieces.Append(map(Text[at..trace.Start]));
            string piece = map(Text[trace.Start..trace.End]);
            int offset = piece.Length == trace.End - trace.Start ? trace.Offset : -1;
            pieces.Append(new JinjaString(piece, piece.Length == 0 ? [] : [new(0, piece.Length, trace.Source, offset, trace.Generation)]));
            at = trace.End;
        }
        JinjaString result = pieces.Append(map(Text[at..])).ToJinja();
        return result.Text == mapped ? result : Rewritten(mapped);
    }

    /// <summary>Returns another text that replaces this one and keeps its source.</summary>
    public JinjaString Rewritten(string text)
    {
        if (Traces.Length == 0 || text.Length == 0)
        {
            return new(text);
        }
        bool isWhole = Traces[0].Start == 0 && Traces[^1].End == Length;
        for (int i = 1; i < Traces.Length; i++)
        {
            isWhole &= Traces[i].Start == Traces[i - 1].End && ReferenceEquals(Traces[i].Source, Traces[0].Source);
        }
        return isWhole ? new(text, [Traces[0] with { Start = 0, End = text.Length, Offset = -1 }]) : throw JinjaFault.NotSupported(
            "rewriting a text that is put together of several messages, or of a message and the template's own words,");
    }

    /// <summary>Returns the same text, marked as HTML.</summary>
    public JinjaString AsMarkup() => new(Text, Traces, isMarkup: true);

    public bool Equals(JinjaString? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as JinjaString);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;
}
