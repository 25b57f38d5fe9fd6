using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Data.Examples;

/// <summary>Masks the thoughts at the beginning of the assistant's turns.</summary>
internal static class ThinkingMask
{
    private const string Begin = "<think>";
    private const string End = "</think>";

    /// <summary>Splits each turn with a thought into the masked thought and the rest.</summary>
    /// <exception cref="InvalidDataException">A thought has no end.</exception>
    public static IEnumerable<PromptSegment> Apply(IReadOnlyList<PromptSegment> segments)
    {
        string before = "";
        foreach (PromptSegment segment in segments)
        {
            int length = segment is { IsTrained: true, IsMasked: false } ? LengthOfThought(segment.Text, before) : 0;
            if (length > 0)
            {
                yield return segment with { Text = segment.Text[..length], IsMasked = true };
            }
            if (length < segment.Text.Length)
            {
                yield return segment with { Text = segment.Text[length..] };
            }
            before = segment.Text;
        }
    }

    // The template may already have opened the thought for the assistant.
    private static int LengthOfThought(string turn, string before)
    {
        if (!turn.AsSpan().TrimStart().StartsWith(Begin, StringComparison.Ordinal) && !before.AsSpan().TrimEnd().EndsWith(Begin, StringComparison.Ordinal))
        {
            return 0;
        }
        int end = turn.IndexOf(End, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new InvalidDataException(
                $"a thought of the assistant begins with {Begin} and has no {End}. Add the {End}, or remove the row");
        }
        int after = end + End.Length;
        while (after < turn.Length && char.IsWhiteSpace(turn[after]))
        {
            after++;
        }
        return after;
    }
}
