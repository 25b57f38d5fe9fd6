using System.Globalization;
using Microsoft.ML.Asft.Templates.Jinja;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Templates;

/// <summary>
/// Finds what the assistant says in a rendering: by the characters that Jinja copied from its messages, the invitation that stands
/// before them in a prompt to complete, and the mark that ends a turn. Where that leaves a doubt, the conversation is refused.
/// </summary>
/// <param name="template">The template's name, for messages.</param>
/// <param name="conversation">What was rendered.</param>
/// <param name="rendering">The rendering.</param>
/// <param name="ends">What ends a turn.</param>
/// <param name="isPrompt">Whether it was rendered as a prompt to complete.</param>
/// <param name="trace">Renders another conversation, as a prompt to complete or not; null where the template refuses it.</param>
internal sealed class TurnFinder(
    string template, Conversation conversation, JinjaString rendering, TurnEnds ends, bool isPrompt, Func<Conversation, bool, JinjaString?> trace)
{
    private readonly TurnPlaces _places = new(rendering);
    private readonly TurnNotices _notices = new(template);
    private readonly Lazy<string?> _invitation = new(() => InvitationOf(conversation, rendering, trace));

    public string Text => rendering.Text;

    /// <summary>Gets what is to be told of the rendering, once the turns are found.</summary>
    public IReadOnlyList<string> Notices => _notices.All;

    /// <summary>Finds the turns, in order.</summary>
    /// <exception cref="InvalidDataException">One of them cannot be told apart; the message says which and why, without the row.</exception>
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

    /// <summary>The turns are what stood in <c>{% generation %}</c>, where a template has it.</summary>
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
                    $"the template '{template}' marks {blocks.Length} turns of {assistants.Length}, so that those which the row says not to learn "
                    + "cannot be told apart");
            turns.Add(new(blocks[i].Min(trace => trace.Start), blocks[i].Max(trace => trace.End), !learns));
        }
        return [.. turns.OrderBy(turn => turn.Start)];
    }

    /// <summary>
    /// Finds where a turn begins: behind what stands before it in a prompt to complete. As far as training has something else there,
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
            // Where a template invites no answer, as behind a tool's result, but writes one with its header, that is no part of it.
            return Math.Max(whole ?? 0, added ?? 0);
        }
        // It invites an answer otherwise than it writes one, with an empty thought; what both share is not learned.
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

    /// <summary>Takes what a turn has of an invitation, and tells of the rest.</summary>
    private int StartWithin(string invitation, int at, int shared, int said)
    {
        int start = Math.Min(said, at + TurnEnds.OutsideTag(invitation, shared));
        _notices.AddUnseen(invitation[(start - at)..]);
        return start;
    }

    /// <summary>Finds the end of what the template invites an answer with, or the most of it that stands before a turn.</summary>
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

    /// <summary>Finds where a turn ends: behind the mark that follows its words, or where the rendering up to it does.</summary>
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
        // Others follow, and the template ends the turn otherwise then: with what both have in common, or not at all.
        string shared = own[..TurnEnds.OutsideTag(own, own.AsSpan().CommonPrefixLength(after))];
        return said + PythonText.TrimEnd(TurnEnds.UptoEnd(shared, ends.EndOfSequence)).Length;
    }

    /// <summary>What the template writes behind a turn's words where the conversation ends with it.</summary>
    private string? Tail(int turn, int said)
    {
        JinjaTrace? before = _places.LastBefore(said);
        string between = Text[(before?.End ?? 0)..said];
        return Behind(before, conversation.Upto(turn + 1), isPrompt: false) is { } behind && behind.StartsWith(between, StringComparison.Ordinal)
            ? behind[between.Length..]
            : null;
    }

    /// <summary>What the template writes behind the last words of a conversation, if those are the ones of a run.</summary>
    private string? Behind(JinjaTrace? words, Conversation beginning, bool isPrompt) =>
        trace(beginning, isPrompt) is { } upTo && TurnPlaces.AreSame(words, upTo.Traces.LastOrDefault())
        ? upTo.Text[(words is null ? 0 : upTo.Traces[^1].End)..]
        : null;

    /// <summary>
    /// A message without words leaves no characters behind. It stands where a word would that is put into it, if nothing else
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
                // The template leaves it out, whatever it says.
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

    /// <summary>Learns what the template adds to a conversation to invite an answer.</summary>
    private static string? InvitationOf(Conversation conversation, JinjaString rendering, Func<Conversation, bool, JinjaString?> trace)
    {
        Conversation question = conversation with { Messages = [new("user", "b")] };
        return TurnEnds.Added(rendering, trace(conversation, true)) is { Length: > 0 } added ? added
            : TurnEnds.Added(trace(question, false), trace(question, true));
    }

    private InvalidDataException Unclear(int turn, string how) => new(string.Create(CultureInfo.InvariantCulture,
        $"the template '{template}' writes message {turn + 1} {how}, so that what the assistant says cannot be told apart; "
        + $"name another template, or change the message"));
}
