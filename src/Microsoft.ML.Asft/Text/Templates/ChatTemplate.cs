using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Text;

/// <summary>A conversation as a Jinja chat template writes it.</summary>
internal sealed class ChatTemplate : PromptTemplate
{
    private readonly JinjaTemplate _template;
    private readonly JinjaDictionary _specialTokens;
    private readonly TimeProvider _time;
    private readonly Lazy<string?> _endOfTurn;

    /// <param name="name">The template's name.</param>
    /// <param name="template">What writes the text.</param>
    /// <param name="specialTokens">The variables that hold the model's special tokens.</param>
    /// <param name="time">What <c>strftime_now</c> asks.</param>
    public ChatTemplate(string name, JinjaTemplate template, JinjaDictionary specialTokens, TimeProvider? time = null)
    {
        Name = name;
        _template = template;
        _specialTokens = specialTokens;
        _time = time ?? TimeProvider.System;
        _endOfTurn = new(FindEndOfTurn);
    }

    public override string Name { get; }

    public override bool AddsSpecialTokens => false;

    public override string? EndOfTurn => _endOfTurn.Value;

    public override string? JinjaSource => _template.Source;

    public override IReadOnlyList<PromptSegment> Render(Conversation conversation, bool addGenerationPrompt)
    {
        var turns = new Turns(this, conversation, _time.GetLocalNow());
        (string text, IReadOnlyList<Range> generated) = turns.Render(conversation.Messages.Count, addGenerationPrompt);
        if (addGenerationPrompt && EndOfTurn is not null)
        {
            return [new(text, IsTrained: false)];
        }
        (IReadOnlyList<Range> found, int? unclear) = generated.Count > 0 ? (generated, null) : turns.Find(text);
        return unclear is null || addGenerationPrompt ? Cut(text, found, MaskedTurns(conversation, found.Count)) : throw new InvalidDataException(
            $"the template '{Name}' writes message {unclear + 1} otherwise when others follow, so that what the assistant says cannot be "
            + "told apart; name another template, or end the conversation there");
    }

    internal override string Write(Conversation conversation, bool addGenerationPrompt) =>
        RenderJinja(conversation, addGenerationPrompt, _time.GetLocalNow()).Text;

    public override bool Reads(string name) => _template.Mentions(name);

    /// <summary>Which of the turns that were found are not learnt.</summary>
    private bool[] MaskedTurns(Conversation conversation, int found)
    {
        bool[] masked = [.. conversation.Where(m => m.Role == "assistant").Select(m => !m.Learn)];
        return found == masked.Length ? masked
            : !masked.Contains(true) ? new bool[found]
            : throw new InvalidDataException(
                $"the template '{Name}' marks {found} turns of {masked.Length}, so that those which the row says not to learn cannot be told apart");
    }

    /// <summary>The only place where a conversation is handed to Jinja.</summary>
    private (string Text, IReadOnlyList<Range> Generated) RenderJinja(Conversation conversation, bool addGenerationPrompt, DateTimeOffset now)
    {
        // As transformers calls it: what is not given is None, and the caller's variables go last.
        var all = new JinjaDictionary
        {
            ["messages"] = conversation.Select(Value).ToList(),
            ["tools"] = JinjaJson.Read((JsonNode?)conversation.Tools),
            ["documents"] = null,
            ["add_generation_prompt"] = addGenerationPrompt,
        };
        foreach ((object name, object? value) in _specialTokens.Concat(
            conversation.TemplateArguments is { } arguments ? JinjaJson.Read(arguments) : []))
        {
            all[name] = value;
        }
        return _template.Render(all, now);
    }

    private static object? Value(PromptMessage message)
    {
        var value = new JinjaDictionary
        {
            ["role"] = message.Role,
            ["content"] = message.Input is { } input ? $"{message.Content}\n{input}" : message.Content,
        };
        foreach ((object name, object? field) in message.Fields is null ? [] : JinjaJson.Read(message.Fields))
        {
            value[name] = field;
        }
        return value;
    }

    /// <summary>Finds what the template writes right after an assistant's words, from a conversation made for it.</summary>
    private string? FindEndOfTurn()
    {
        const string Words = "a7f3c9";
        try
        {
            string text = RenderJinja([new("user", "b"), new("assistant", Words)], addGenerationPrompt: false, _time.GetLocalNow()).Text;
            int end = text.LastIndexOf(Words, StringComparison.Ordinal) + Words.Length;
            return end >= Words.Length && PythonText.Split(text[end..], separator: null, limit: -1) is [string mark, ..] ? mark : null;
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException)
        {
            // The template wants more of a conversation than this; the rows will show what.
            return null;
        }
    }

    private static List<PromptSegment> Cut(string text, IReadOnlyList<Range> trained, bool[] masked)
    {
        var segments = new List<PromptSegment>();
        int at = 0;
        for (int i = 0; i < trained.Count; i++)
        {
            Add(trained[i].Start.Value, isTrained: false);
            Add(trained[i].End.Value, isTrained: true, masked[i]);
        }
        Add(text.Length, isTrained: false);
        return segments;

        void Add(int end, bool isTrained, bool isMasked = false)
        {
            if (end > at)
            {
                segments.Add(new(text[at..end], isTrained) { IsMasked = isMasked });
                at = end;
            }
        }
    }

    /// <summary>
    /// Finds the assistant's turns in a rendering, for templates that do not mark them: a turn begins where the rendering of
    /// what comes before it, made ready for an answer, ends; and ends with the template's mark, or where the rendering up to it
    /// does. Where a template writes a message otherwise when others follow, it is found by what changes with its content.
    /// </summary>
    private sealed class Turns(ChatTemplate owner, Conversation conversation, DateTimeOffset now)
    {
        private readonly IReadOnlyList<PromptMessage> _messages = conversation.Messages;

        public (string Text, IReadOnlyList<Range> Generated) Render(int count, bool addGenerationPrompt) =>
            owner.RenderJinja(conversation with { Messages = [.. _messages.Take(count)] }, addGenerationPrompt, now);

        /// <summary>Finds the turns, or the first one that cannot be told apart.</summary>
        public (IReadOnlyList<Range> Turns, int? Unclear) Find(string text)
        {
            var turns = new List<Range>();
            for (int i = 0; i < _messages.Count; i++)
            {
                if (_messages[i].Role != "assistant")
                {
                    continue;
                }
                if (FindStart(text, i) is not { } start || FindEnd(text, i, start) is not { } end)
                {
                    return ([], i);
                }
                turns.Add(start..end);
            }
            return (turns, null);
        }

        private int? FindStart(string text, int turn)
        {
            string ready = Render(turn, addGenerationPrompt: true).Text;
            if (text.StartsWith(ready, StringComparison.Ordinal))
            {
                return ready.Length;
            }
            int content = StartOfContent(text, turn);
            string before = Render(turn, addGenerationPrompt: false).Text;
            if (text.StartsWith(before, StringComparison.Ordinal))
            {
                // It invites an answer otherwise than it writes one, with an empty thought; what both share is not learned.
                int start = Math.Min(content, SharedLength(text, ready));
                return start >= before.Length ? start : null;
            }
            return text.AsSpan(content).StartsWith(PythonText.Trim(_messages[turn].Content), StringComparison.Ordinal) ? content : null;
        }

        private int? FindEnd(string text, int turn, int start)
        {
            string? mark = owner.EndOfTurn;
            string after = turn + 1 == _messages.Count ? text : Render(turn + 1, addGenerationPrompt: false).Text;
            if (after.Length >= start && text.StartsWith(after, StringComparison.Ordinal))
            {
                int last = mark is null ? -1 : text.AsSpan(start, after.Length - start).LastIndexOf(mark, StringComparison.Ordinal);
                return last < 0 ? after.Length : start + last + mark!.Length;
            }
            int first = mark is null || _messages[turn].Content.Contains(mark, StringComparison.Ordinal)
                ? -1
                : text.IndexOf(mark, start, StringComparison.Ordinal);
            return first >= 0 && first + mark!.Length <= StartOfContent(text, turn + 1) ? first + mark.Length : null;
        }

        /// <summary>Finds where the rendering begins to depend on what a message says.</summary>
        private int StartOfContent(string text, int message)
        {
            var others = _messages.ToList();
            others[message] = others[message] with { Content = PythonText.TrimStart(others[message].Content).StartsWith('x') ? "y" : "x" };
            return SharedLength(text, owner.RenderJinja(conversation with { Messages = others }, addGenerationPrompt: false, now).Text);
        }

        private static int SharedLength(string text, string other)
        {
            int length = text.AsSpan().CommonPrefixLength(other);
            return length > 0 && length < text.Length && char.IsSurrogatePair(text[length - 1], text[length]) ? length - 1 : length;
        }
    }
}
