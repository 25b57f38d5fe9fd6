namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>A text in a message that text in a rendering can come from. Two texts of one field are two sources.</summary>
/// <param name="message">The message's index in the conversation.</param>
/// <param name="name">The field, such as <c>content</c>, that the text is or stands in.</param>
internal sealed class JinjaSource(int message, string name)
{
    public int Message => message;

    public string Field => name;

    /// <summary>Makes the source of another text in the same field.</summary>
    public JinjaSource Another() => new(message, name);
}

/// <summary>A run of characters of a text, and where it comes from.</summary>
/// <param name="Start">Its first character in the text.</param>
/// <param name="End">The end of its last.</param>
/// <param name="Source">What it was copied from; null where only <paramref name="Generation"/> is known.</param>
/// <param name="Offset">Where its first character stands in the source; -1 where it was made of the source and is no copy.</param>
/// <param name="Generation">The <c>{% generation %}</c> block that wrote it, from 1; 0 where none did.</param>
internal readonly record struct JinjaTrace(int Start, int End, JinjaSource? Source, int Offset, int Generation)
{
    /// <summary>Gives the part of the run between two places, with what is before <paramref name="start"/> cut off the text.</summary>
    public JinjaTrace Cut(int start, int end)
    {
        int from = Math.Max(Start, start);
        return new(from - start, Math.Min(End, end) - start, Source, Offset < 0 ? Offset : Offset + from - Start, Generation);
    }

    public JinjaTrace Shift(int by) => this with { Start = Start + by, End = End + by };

    /// <summary>Whether <paramref name="next"/>, which stands right behind, continues this run.</summary>
    public bool IsContinuedBy(JinjaTrace next) => End == next.Start && Generation == next.Generation && ReferenceEquals(Source, next.Source)
        && (Offset < 0 ? next.Offset < 0 : next.Offset == Offset + End - Start);
}
