using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Templates;

/// <summary>What a template writes right after an assistant's words; null where it writes nothing but blanks.</summary>
/// <param name="Last">After the last turn, such as <c>&lt;|end|&gt;&lt;|endoftext|&gt;</c>.</param>
/// <param name="Middle">After a turn that others follow, such as <c>&lt;|end|&gt;</c>.</param>
/// <param name="EndOfSequence">The token that ends a text, which the model stops at.</param>
internal sealed partial record TurnEnds(string? Last, string? Middle, string? EndOfSequence)
{
    private static readonly PromptMessage Question = new("user", "b");
    private static readonly PromptMessage Answer = new("assistant", "a7f3c9");

    // Some templates want a system message, some refuse one.
    private static readonly PromptMessage[][] Beginnings = [[], [new("system", "s")]];

    /// <summary>Gets what a completion stops at: the end that all turns have, or else that of the last.</summary>
    public string? Stop => Middle is not null && Last is not null && Last.StartsWith(Middle, StringComparison.Ordinal) ? Middle : Last;

    /// <summary>Learns the ends from conversations made for it.</summary>
    /// <param name="trace">Renders a conversation, as a prompt to complete or not; null where the template refuses it.</param>
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
                // It invites an answer behind every conversation, and an invitation is no end.
                last = UptoEnd(last, endOfSequence);
            }
            string? question = Followed(Question, Answer);
            string?[] others = [.. new[] { "assistant", "tool", "system" }.Select(role => Followed(new PromptMessage(role, "c")))];
            string? invitation = Added(trace([.. beginning, Question], false), trace([.. beginning, Question], true));
            return new(last, last is null || question is null ? last : MiddleOf(last, question, others, invitation), endOfSequence);
        }
        return new(null, null, endOfSequence);
    }

    /// <summary>Gets how long the tags are that a text begins with and another begins with as well.</summary>
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

    /// <summary>Cuts off what stands behind the last token in a text that ends a sequence, if it has one.</summary>
    public static string UptoEnd(string text, string? endOfSequence) =>
        !string.IsNullOrEmpty(endOfSequence) && text.LastIndexOf(endOfSequence, StringComparison.Ordinal) is >= 0 and int at
        ? text[..(at + endOfSequence.Length)]
        : text;

    /// <summary>Gets what a rendering has behind another that it begins with; null where it begins otherwise.</summary>
    public static string? Added(JinjaString? without, JinjaString? with) =>
        without is not null && with is not null && with.Text.StartsWith(without.Text, StringComparison.Ordinal) ? with.Text[without.Length..] : null;

    /// <summary>Gets how long the tag is that a text begins with, 0 where it begins with none.</summary>
    public static int FirstTag(string text) => Tags().Match(text) is { Success: true, Index: 0 } tag ? tag.Length : 0;

    /// <summary>Moves a place in a text that is inside a tag to the tag's beginning.</summary>
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
        // Another end than the last turn's, or none: then the first tag is of what comes next, an answer too, or another one before
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

    // Special tokens as models write them: <|end|>, </s>, <｜end▁of▁sentence｜>, [/INST].
    [GeneratedRegex(@"<[^<>\s]+>|\[[^\[\]\s]+\]")]
    private static partial Regex Tags();
}
