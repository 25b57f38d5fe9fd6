namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>A text of a message, as the source of text in a rendering. Two texts of one field are two sources.</summary>
/// <param name="message">The message's index in the conversation.</param>
/// <param name="name">The field, such as <c>content</c>, that is the text or contains it.</param>
internal sealed class JinjaSource(int message, string name)
{
    public int Message => message;

    public string Field => name;

    /// <summary>Makes the source of another text in the same field.</summary>
    public JinjaSource Another() => new(message, name);
}

/// <summary>A run of characters of a text with its source.</summary>
/// <param name="Start">Its first character in the text.</param>
/// <param name="End">The end of its last.</param>
/// <param name="Source">The text that it was copied from; null if only <paramref name="Generation"/> is known.</param>
/// <param name="Offset">The position of its first character in the source; -1 if it was derived from the source and is not a copy.</param>
/// <param name="Generation">The number of the <c>{% generation %}</c> block that wrote it, from 1; 0 if none did.</param>
internal readonly record struct JinjaTrace(int Start, int End, JinjaSource? Source, int Offset, int Generation)
{
    /// <summary>Returns the part of the run between two positions, relative to <paramref name="start"/>.</summary>
    public JinjaTrace Cut(int start, int end)
    {
        int from = Math.Max(Start, start);
        return new(from - start, Math.Min(End, end) - start, Source, Offset < 0 ? Offset : Offset + from - Start, Generation);
    }

    public JinjaTrace Shift(int by) => this with { Start = Start + by, End = End + by };

    /// <summary>Whether <paramref name="next"/>, which follows directly, continues this run.</summary>
    public bool IsContinuedBy(JinjaTrace next) => End == next.Start && Generation == next.Generation && ReferenceEquals(Source, next.Source)
        && (Offset < 0 ? next.Offset < 0 : next.Offset == Offset + End - Start);
}
