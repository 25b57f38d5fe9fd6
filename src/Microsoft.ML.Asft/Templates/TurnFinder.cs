using System.Globalization;
using Microsoft.ML.Asft.Templates.Jinja;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Templates;

/// <summary>
/// Finds the assistant's words in a rendering: by the characters that Jinja copied from its messages, the generation prompt
/// before them in a prompt to complete, and the mark that ends a turn. If the result is ambiguous, the conversation is an error.
/// </summary>
/// <param name="template">The template's name, for messages.</param>
/// <param name="conversation">The rendered conversation.</param>
/// <param name="rendering">The rendering.</param>
/// <param name="ends">The ends of turns.</param>
/// <param name="isPrompt">Whether it was rendered as a prompt to complete.</param>
/// <param name="trace">Renders another conversation, as a prompt to complete or not; null if the template raises an error.</param>
internal sealed class TurnFinder(
    string template, Conversation conversation, JinjaString rendering, TurnEnds ends, bool isPrompt, Func<Conversation, bool, JinjaString?> trace)
{
    private readonly TurnPlaces _places = new(rendering);
    private readonly TurnNotices _notices = new(template);
    private readonly Lazy<string?> _invitation = new(() => InvitationOf(conversation, rendering, trace));

    public string Text => rendering.Text;

    /// <summary>Gets the warnings about the rendering, after the turns were found.</summary>
    public IReadOnlyList<string> Notices => _notices.All;

    /// <summary>Finds the turns, in order.</summary>
    /// <exception cref="InvalidDataException">A turn cannot be found. The message says which one and why, without the row.</exception>
    public IReadOnlyList<TurnSpan> Find()
    {
        FindEmptyMessages();
        for (int i = 0; i < conversation.Messages.Count; i++)
        {
            if (IsAssistant(i))
            {
                _notices.AddDropped(conversation.Messages[i], i, rendering);
            }
        }
        if (Array.Exists(rendering.Traces, trace => trace.Generation > 0))
        {
            return Generated();
        }
        var turns = new List<TurnSpan>();
        for (int i = 0; i < conversation.Messages.Count; i++)
        {
            if (IsAssistant(i) && _places.Of(i) is { } place)
            {
                if (_places.IsInterrupted(i))
                {
                    throw Unclear(i, "between the words of other messages");
                }
                int start = FindStart(i, place.Start);
                int end = FindEnd(i, place.End) ?? throw Unclear(i, "without a sign of where it ends");
                if (turns.Count > 0 && start < turns[^1].End)
                {
                    throw Unclear(i, "without a sign of where it begins");
                }
                turns.Add(new(start, end, !conversation.Messages[i].Learn));
            }
        }
        return turns;
    }

    private bool IsAssistant(int message) => conversation.Messages[message].Role == "assistant";

    /// <summary>If a template has <c>{% generation %}</c>, the turns are the contents of these blocks.</summary>
    private List<TurnSpan> Generated()
    {
        int[] assistants = [.. Enumerable.Range(0, conversation.Messages.Count).Where(IsAssistant)];
        IGrouping<int, JinjaTrace>[] blocks = [.. rendering.Traces.Where(trace => trace.Generation > 0).GroupBy(trace => trace.Generation)];
        var turns = new List<TurnSpan>();
        for (int i = 0; i < blocks.Length; i++)
        {
            int? message = blocks[i].FirstOrDefault(trace => trace.Source is not null).Source?.Message
                ?? (blocks.Length == assistants.Length ? assistants[i] : null);
            bool learns = message is { } known ? conversation.Messages[known].Learn
                : Array.TrueForAll(assistants, assistant => conversation.Messages[assistant].Learn) ? true
                : throw new InvalidDataException(
                    $"the template '{template}' marks {blocks.Length} turns of {assistants.Length}, so the turns that the row excludes "
                    + "cannot be found");
            turns.Add(new(blocks[i].Min(trace => trace.Start), blocks[i].Max(trace => trace.End), !learns));
        }
        return [.. turns.OrderBy(turn => turn.Start)];
    }

    /// <summary>
    /// Finds the beginning of a turn: after the generation prompt. If training has a different text there,
    /// the model must learn to write it.
    /// </summary>
    private int FindStart(int turn, int said)
    {
        JinjaTrace? before = _places.LastBefore(said);
        int from = before?.End ?? 0;
        string? invitation = Behind(before, conversation.Upto(turn), isPrompt: true);
        int shared = invitation is null ? 0 : Text.AsSpan(from).CommonPrefixLength(invitation);
        int? whole = invitation is not null && shared == invitation.Length ? from + shared : null;
        if (whole >= said)
        {
            return whole.Value;
        }
        (int at, int found) = FindInvitation(Math.Max(from, _places.LastEmptyBefore(turn, said)), said);
        int? added = found > 0 && found == _invitation.Value?.Length ? at + found : null;
        if (whole is not null || added is not null)
        {
            // After a tool's result a template may add no generation prompt, but write an answer with its header. The header is not part
            // of the turn.
            return Math.Max(whole ?? 0, added ?? 0);
        }
        // The generation prompt differs from the written turn, for example by an empty thought. The common part is not learned.
        if (invitation is not null && shared >= found && Behind(before, conversation.Upto(turn), isPrompt: false) is { } silent
            && shared >= PythonText.TrimEnd(silent).Length && HasWords(invitation[(silent.Length < shared ? silent.Length : 0)..shared]))
        {
            return StartWithin(invitation, from, shared, said);
        }
        return found > 0 && _invitation.Value is { } general && HasWords(general[..found])
            ? StartWithin(general, at, found, said)
            : _places.BeginsWithContent(turn) ? said
            : throw Unclear(turn, "without a sign of where it begins");

        static bool HasWords(string text) => text.Any(char.IsLetterOrDigit);
    }

    /// <summary>Skips the part of the generation prompt that a turn has, and warns about the rest.</summary>
    private int StartWithin(string invitation, int at, int shared, int said)
    {
        int start = Math.Min(said, at + TurnEnds.OutsideTag(invitation, shared));
        _notices.AddUnseen(invitation[(start - at)..]);
        return start;
    }

    /// <summary>Finds the end of the generation prompt, or of its longest part, before a turn.</summary>
    private (int At, int Length) FindInvitation(int from, int said)
    {
        (int at, int shared) = (from, 0);
        for (int place = from; place < said && _invitation.Value is { Length: > 0 } invitation; place++)
        {
            int length = TurnEnds.OutsideTag(invitation, Text.AsSpan(place).CommonPrefixLength(invitation));
            (at, shared) = length >= shared ? (place, length) : (at, shared);
        }
        return (at, shared);
    }

    /// <summary>Finds the end of a turn: after the mark that follows its words, or where the rendering up to it ends.</summary>
    private int? FindEnd(int turn, int said)
    {
        bool isLast = turn + 1 == conversation.Messages.Count;
        string after = Text[said.._places.NextAfter(said)];
        string? mark = isLast ? ends.Last : ends.Middle;
        if (mark is not null && after.TrimStart().StartsWith(mark, StringComparison.Ordinal))
        {
            return said + after.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        }
        string? own = isLast ? after : Tail(turn, said);
        string? alone = own is not null && after.StartsWith(own, StringComparison.Ordinal) ? own : null;
        int marked = mark is null ? -1 : (alone ?? after).IndexOf(mark, StringComparison.Ordinal);
        if (marked >= 0)
        {
            return said + marked + mark!.Length;
        }
        if (alone is not null)
        {
            int length = PythonText.TrimEnd(TurnEnds.UptoEnd(alone, ends.EndOfSequence)).Length;
            return said + (length > 0 ? length : alone.Length);
        }
        if (own is null)
        {
            return null;
        }
        // Other turns follow, and the template ends this turn differently then: with the common part, or not at all.
        string shared = own[..TurnEnds.OutsideTag(own, own.AsSpan().CommonPrefixLength(after))];
        return said + PythonText.TrimEnd(TurnEnds.UptoEnd(shared, ends.EndOfSequence)).Length;
    }

    /// <summary>The text after a turn's words if the conversation ends with that turn.</summary>
    private string? Tail(int turn, int said)
    {
        JinjaTrace? before = _places.LastBefore(said);
        string between = Text[(before?.End ?? 0)..said];
        return Behind(before, conversation.Upto(turn + 1), isPrompt: false) is { } behind && behind.StartsWith(between, StringComparison.Ordinal)
            ? behind[between.Length..]
            : null;
    }

    /// <summary>The text after the last words of a conversation, if they belong to a given run.</summary>
    private string? Behind(JinjaTrace? words, Conversation beginning, bool isPrompt) =>
        trace(beginning, isPrompt) is { } upTo && TurnPlaces.AreSame(words, upTo.Traces.LastOrDefault())
        ? upTo.Text[(words is null ? 0 : upTo.Traces[^1].End)..]
        : null;

    /// <summary>
    /// A message without words leaves no characters in the rendering. Its position is that of a probe word in it, if nothing else
    /// changes with that.
    /// </summary>
    private void FindEmptyMessages()
    {
        for (int i = 0; i < conversation.Messages.Count; i++)
        {
            if (_places.Of(i) is not null)
            {
                continue;
            }
            PromptMessage[] messages = [.. conversation.Messages];
            messages[i] = messages[i] with { Content = "x", Input = null };
            JinjaString? filled = trace(conversation with { Messages = messages }, isPrompt);
            if (filled is not null && !Array.Exists(filled.Traces, run => run.Source?.Message == i))
            {
                // The template leaves it out in any case.
                continue;
            }
            int at = filled is null ? 0
                : Math.Min(Array.Find(filled.Traces, run => run.Source?.Message == i).Start, Text.AsSpan().CommonPrefixLength(filled.Text));
            if (filled is null || !filled.Text.EndsWith(Text[at..], StringComparison.Ordinal))
            {
                throw Unclear(i, "otherwise when it is empty");
            }
            _places.AddEmpty(i, at);
        }
    }

    /// <summary>Finds the generation prompt that the template adds to a conversation.</summary>
    private static string? InvitationOf(Conversation conversation, JinjaString rendering, Func<Conversation, bool, JinjaString?> trace)
    {
        Conversation question = conversation with { Messages = [new("user", "b")] };
        return TurnEnds.Added(rendering, trace(conversation, true)) is { Length: > 0 } added ? added
            : TurnEnds.Added(trace(question, false), trace(question, true));
    }

    private InvalidDataException Unclear(int turn, string how) => new(string.Create(CultureInfo.InvariantCulture,
        $"the template '{template}' writes message {turn + 1} {how}, so the assistant's words cannot be found. "
        + $"Choose another template, or change the message"));
}
