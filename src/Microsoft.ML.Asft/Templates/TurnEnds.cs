using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Templates;

/// <summary>The text that a template writes directly after an assistant's words; null if it writes only blanks.</summary>
/// <param name="Last">After the last turn, such as <c>&lt;|end|&gt;&lt;|endoftext|&gt;</c>.</param>
/// <param name="Middle">After a turn that is not the last, such as <c>&lt;|end|&gt;</c>.</param>
/// <param name="EndOfSequence">The token that ends a text and stops the model.</param>
internal sealed partial record TurnEnds(string? Last, string? Middle, string? EndOfSequence)
{
    private static readonly PromptMessage Question = new("user", "b");
    private static readonly PromptMessage Answer = new("assistant", "a7f3c9");

    // Some templates need a system message, others reject one.
    private static readonly PromptMessage[][] Beginnings = [[], [new("system", "s")]];

    /// <summary>Gets the stop text of a completion: the end of all turns, or else of the last one.</summary>
    public string? Stop => Middle is not null && Last is not null && Last.StartsWith(Middle, StringComparison.Ordinal) ? Middle : Last;

    /// <summary>Finds the ends with probe conversations.</summary>
    /// <param name="trace">Renders a conversation, as a prompt to complete or not; null if the template raises an error.</param>
    /// <param name="endOfSequence">The token that ends a text.</param>
    public static TurnEnds Of(Func<Conversation, bool, JinjaString?> trace, string? endOfSequence)
    {
        foreach (PromptMessage[] beginning in Beginnings)
        {
            Conversation one = [.. beginning, Question, Answer];
            if (trace(one, false) is not { } rendering || AfterAnswer(rendering, beginning.Length + 1) is not { } after)
            {
                continue;
            }
            string? Followed(params PromptMessage[] next) =>
                AfterAnswer(trace([.. one, .. next], false), beginning.Length + 1)?.TrimStart();
            string? last = FirstWord(after);
            if (last is not null && trace(one, true)?.Text == rendering.Text)
            {
                // The template adds a generation prompt after every conversation; that is not an end.
                last = UptoEnd(last, endOfSequence);
            }
            string? question = Followed(Question, Answer);
            string?[] others = [.. new[] { "assistant", "tool", "system" }.Select(role => Followed(new PromptMessage(role, "c")))];
            string? invitation = Added(trace([.. beginning, Question], false), trace([.. beginning, Question], true));
            return new(last, last is null || question is null ? last : MiddleOf(last, question, others, invitation), endOfSequence);
        }
        return new(null, null, endOfSequence);
    }

    /// <summary>Gets the length of the leading tags that two texts share.</summary>
    public static int SharedTags(string text, string other)
    {
        int length = 0;
        foreach (Match tag in Tags().Matches(text))
        {
            if (tag.Index != length || !other.StartsWith(text[..(tag.Index + tag.Length)], StringComparison.Ordinal))
            {
                break;
            }
            length = tag.Index + tag.Length;
        }
        return length;
    }

    /// <summary>Cuts off the text after the last end-of-sequence token, if there is one.</summary>
    public static string UptoEnd(string text, string? endOfSequence) =>
        !string.IsNullOrEmpty(endOfSequence) && text.LastIndexOf(endOfSequence, StringComparison.Ordinal) is >= 0 and int at
        ? text[..(at + endOfSequence.Length)]
        : text;

    /// <summary>Gets the rest of a rendering after a given prefix; null if it does not begin with it.</summary>
    public static string? Added(JinjaString? without, JinjaString? with) =>
        without is not null && with is not null && with.Text.StartsWith(without.Text, StringComparison.Ordinal) ? with.Text[without.Length..] : null;

    /// <summary>Gets the length of the tag at the beginning of a text; 0 if there is none.</summary>
    public static int FirstTag(string text) => Tags().Match(text) is { Success: true, Index: 0 } tag ? tag.Length : 0;

    /// <summary>Moves a position inside a tag to the tag's beginning.</summary>
    public static int OutsideTag(string text, int place)
    {
        int open = place == 0 ? -1 : text.LastIndexOfAny(['<', '['], place - 1);
        return open >= 0 && Tags().Match(text, open) is { Success: true } tag && tag.Index == open && open + tag.Length > place ? open : place;
    }

    private static string? MiddleOf(string last, string question, string?[] others, string? invitation)
    {
        if (question.StartsWith(last, StringComparison.Ordinal))
        {
            return last;
        }
        if (SharedTags(last, question) is > 0 and int shared)
        {
            return last[..shared];
        }
        // An end that differs from the last turn's, or none. Then the first tag belongs to the next message, or differs before
        // another role.
        string tag = question[..FirstTag(question)];
        bool isEnd = tag.Length > 0 && !PythonText.IsBlank(question.AsSpan(tag.Length))
            && invitation?.TrimStart().StartsWith(tag, StringComparison.Ordinal) != true
            && Array.TrueForAll(others, other => other is null || other.StartsWith(tag, StringComparison.Ordinal));
        return isEnd ? tag : null;
    }

    private static string? FirstWord(string text) =>
        PythonSplitting.Split(text, separator: null, limit: -1, fromEnd: false) is [JinjaString word, ..] ? word.Text : null;

    /// <summary>Gets the text from the end of a message to the beginning of the next.</summary>
    private static string? AfterAnswer(JinjaString? rendering, int message)
    {
        JinjaTrace[] copies = rendering is null ? [] : [.. rendering.Traces.Where(trace => trace.Source is not null)];
        int last = Array.FindLastIndex(copies, trace => trace.Source!.Message == message);
        return last < 0 ? null : rendering!.Text[copies[last].End..(last + 1 < copies.Length ? copies[last + 1].Start : rendering.Length)];
    }

    // Special tokens in models' notations: <|end|>, </s>, <｜end▁of▁sentence｜>, [/INST].
    [GeneratedRegex(@"<[^<>\s]+>|\[[^\[\]\s]+\]")]
    private static partial Regex Tags();
}
