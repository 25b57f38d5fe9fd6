using System.Globalization;

namespace Microsoft.ML.Asft.Text;

/// <summary>
/// Finds what the assistant says in a rendering: by the characters that Jinja copied from its messages, the invitation that stands
/// before them in a prompt to complete, and the mark that ends a turn. Where that leaves a doubt, the conversation is refused.
/// </summary>
/// <param name="template">The template's name, for messages.</param>
/// <param name="conversation">What was rendered.</param>
/// <param name="rendering">The rendering.</param>
/// <param name="ends">What ends a turn.</param>
/// <param name="trace">Renders another conversation, as a prompt to complete or not; null where the template refuses it.</param>
internal sealed class TurnFinder(
    string template, Conversation conversation, JinjaString rendering, TurnEnds ends, Func<Conversation, bool, JinjaString?> trace)
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
        FindEmptyTurns();
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
                int end = FindEnd(i, place.End) ?? throw Unclear(i, "without a sign of where it ends");
                turns.Add(new(FindStart(i, place.Start), end, !conversation.Messages[i].Learn));
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
        if (trace(conversation.Upto(turn), true) is { } prompt && TurnPlaces.AreSame(before, prompt.Traces.LastOrDefault()))
        {
            string invitation = prompt.Text[(before is null ? 0 : prompt.Traces[^1].End)..];
            int shared = Text.AsSpan(from).CommonPrefixLength(invitation);
            if (shared == invitation.Length)
            {
                return from + shared;
            }
            // It invites an answer otherwise than it writes one, with an empty thought; what both share is not learned.
            if (trace(conversation.Upto(turn), false) is { } plain && TurnPlaces.AreSame(before, plain.Traces.LastOrDefault())
                && shared >= plain.Length - (before is null ? 0 : plain.Traces[^1].End))
            {
                int start = Math.Min(said, TurnEnds.OutsideTag(invitation, shared) + from);
                _notices.AddUnseen(invitation[(start - from)..]);
                return start;
            }
        }
        return FindInvitation(from, said) ?? (_places.BeginsWithContent(turn) ? said
            : throw Unclear(turn, "without a sign of where it begins"));
    }

    /// <summary>Finds the end of what the template invites an answer with, or as much of it as stands before a turn.</summary>
    private int? FindInvitation(int from, int said)
    {
        if (_invitation.Value is not { Length: > 0 } invitation)
        {
            return null;
        }
        (int at, int shared) = (from, 0);
        for (int place = from; place < said; place++)
        {
            int length = Text.AsSpan(place).CommonPrefixLength(invitation);
            (at, shared) = length >= shared ? (place, length) : (at, shared);
        }
        if (shared < invitation.Length)
        {
            shared = Math.Min(said - at, TurnEnds.OutsideTag(invitation, shared));
            if (!invitation[..shared].Any(char.IsLetterOrDigit))
            {
                return null;
            }
            _notices.AddUnseen(invitation[shared..]);
        }
        return at + shared;
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
            int length = PythonText.TrimEnd(alone).Length;
            return said + (length > 0 ? length : alone.Length);
        }
        int tag = own is null ? 0 : TurnEnds.SharedTags(own, after);
        tag = tag > 0 ? tag : TurnEnds.FirstTag(after);
        return tag > 0 ? said + tag : null;
    }

    /// <summary>What the template writes behind a turn's words where the conversation ends with it.</summary>
    private string? Tail(int turn, int said) =>
        trace(conversation.Upto(turn + 1), false) is { Traces.Length: > 0 } upTo
        && TurnPlaces.AreSame(_places.LastBefore(said), upTo.Traces[^1])
        ? upTo.Text[upTo.Traces[^1].End..]
        : null;

    /// <summary>
    /// A turn without words leaves no characters behind. It stands where a word would that is put into it, if nothing else changes
    /// with that.
    /// </summary>
    private void FindEmptyTurns()
    {
        int[] empty = [.. Enumerable.Range(0, conversation.Messages.Count).Where(i => IsAssistant(i) && _places.Of(i) is null)];
        if (empty.Length == 0)
        {
            return;
        }
        PromptMessage[] messages = [.. conversation.Messages.Select((m, i) => empty.Contains(i) ? m with { Content = "x", Input = null } : m)];
        JinjaString? filled = trace(conversation with { Messages = messages }, false);
        var places = filled is null ? null : TurnPlaces.Without(filled, empty);
        foreach (int turn in empty)
        {
            if (places is null || places.Text != Text[..Math.Min(places.Text.Length, Text.Length)])
            {
                throw Unclear(turn, "otherwise when it is empty");
            }
            if (places.At.TryGetValue(turn, out int at))
            {
                _places.AddEmpty(turn, at);
            }
        }
    }

    /// <summary>Learns what the template adds to a conversation to invite an answer.</summary>
    private static string? InvitationOf(Conversation conversation, JinjaString rendering, Func<Conversation, bool, JinjaString?> trace)
    {
        Conversation question = conversation with { Messages = [new("user", "b")] };
        return Added(rendering, trace(conversation, true)) is { Length: > 0 } added ? added
            : Added(trace(question, false), trace(question, true));

        static string? Added(JinjaString? without, JinjaString? with) =>
            without is not null && with is not null && with.Text.StartsWith(without.Text, StringComparison.Ordinal) ? with.Text[without.Length..] : null;
    }

    private InvalidDataException Unclear(int turn, string how) => new(string.Create(CultureInfo.InvariantCulture,
        $"the template '{template}' writes message {turn + 1} {how}, so that what the assistant says cannot be told apart; "
        + $"name another template, or change the message"));
}
