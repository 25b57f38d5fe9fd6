using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Templates;

/// <summary>Renders conversations with a Jinja chat template.</summary>
internal sealed class ChatTemplate : PromptTemplate
{
    // These fields identify turns or speakers. They are not content.
    private static readonly HashSet<string> Headers = new(StringComparer.Ordinal) { "role", "name", "tool_call_id", "id", "type" };

    private readonly JinjaTemplate _template;
    private readonly JinjaDictionary _specialTokens;
    private readonly TimeProvider _time;
    private readonly Lazy<TurnEnds> _ends;

    /// <param name="name">The template's name.</param>
    /// <param name="template">The Jinja template.</param>
    /// <param name="specialTokens">The variables that hold the model's special tokens.</param>
    /// <param name="time">The clock for <c>strftime_now</c>.</param>
    public ChatTemplate(string name, JinjaTemplate template, JinjaDictionary specialTokens, TimeProvider? time = null)
    {
        Name = name;
        _template = template;
        _specialTokens = specialTokens;
        _time = time ?? TimeProvider.System;
        _ends = new(() => TurnEnds.Of(
            (conversation, isPrompt) => TryTrace(conversation, isPrompt, _time.GetLocalNow()), (specialTokens["eos_token"] as JinjaString)?.Text));
    }

    public override string Name { get; }

    public override bool AddsSpecialTokens => false;

    public override string? EndOfTurn => _ends.Value.Stop;

    public override string? JinjaText => _template.Source;

    public override IReadOnlyList<PromptSegment> Render(Conversation conversation, bool addGenerationPrompt) =>
        RenderTurns(conversation, addGenerationPrompt).Segments;

    internal override RenderedConversation RenderTurns(Conversation conversation, bool addGenerationPrompt)
    {
        DateTimeOffset now = _time.GetLocalNow();
        if (addGenerationPrompt && EndOfTurn is not null)
        {
            return new([new(RenderJinja(conversation, addGenerationPrompt, now, traced: false).Text, IsTrained: false)], []);
        }
        var turns = new TurnFinder(
            Name, conversation, RenderJinja(conversation, addGenerationPrompt, now, traced: true),
            _ends.Value, addGenerationPrompt, (other, isPrompt) => TryTrace(other, isPrompt, now));
        try
        {
            return new(Cut(turns.Text, turns.Find()), turns.Notices);
        }
        catch (InvalidDataException) when (addGenerationPrompt)
        {
            // A prompt to complete can still be read.
            return new([new(turns.Text, IsTrained: false)], []);
        }
    }

    internal override string Write(Conversation conversation, bool addGenerationPrompt) =>
        RenderJinja(conversation, addGenerationPrompt, _time.GetLocalNow(), traced: false).Text;

    public override bool Reads(string name) => _template.Mentions(name);

    /// <summary>Renders a probe conversation; null if the template raises an error.</summary>
    private JinjaString? TryTrace(Conversation conversation, bool addGenerationPrompt, DateTimeOffset now)
    {
        try
        {
            return RenderJinja(conversation, addGenerationPrompt, now, traced: true);
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The only place that passes a conversation to Jinja.</summary>
    private JinjaString RenderJinja(Conversation conversation, bool addGenerationPrompt, DateTimeOffset now, bool traced)
    {
        // As in transformers: missing variables are None, and the caller's variables come last.
        var all = new JinjaDictionary
        {
            ["messages"] = conversation.Messages.Select((message, i) => (object?)Value(message, traced ? i : null)).ToList(),
            ["tools"] = JinjaJson.Read((JsonNode?)conversation.Tools),
            ["documents"] = null,
            ["add_generation_prompt"] = addGenerationPrompt,
        };
        foreach ((object name, object? value) in _specialTokens.Concat(
            conversation.TemplateArguments is { } arguments ? JinjaJson.Read(arguments) : []))
        {
            all[((JinjaString)name).Text] = value;
        }
        return _template.Render(all, now);
    }

    /// <summary>Converts a message for Jinja. Its texts are marked with the message's index.</summary>
    private static JinjaDictionary Value(PromptMessage message, int? index)
    {
        JinjaSource? SourceOf(string field) => index is { } known && !Headers.Contains(field) ? new(known, field) : null;
        string content = message.Input is { } input ? $"{message.Content}\n{input}" : message.Content;
        var value = new JinjaDictionary
        {
            ["role"] = new JinjaString(message.Role),
            ["content"] = JinjaString.From(content, SourceOf("content")),
        };
        foreach ((string name, JsonNode? field) in message.Fields ?? [])
        {
            value[name] = JinjaJson.Read(field, SourceOf(name));
        }
        return value;
    }

    private static List<PromptSegment> Cut(string text, IEnumerable<TurnSpan> turns)
    {
        var segments = new List<PromptSegment>();
        int at = 0;
        foreach (TurnSpan turn in turns)
        {
            Add(turn.Start, isTrained: false, isMasked: false);
            Add(turn.End, isTrained: true, turn.IsMasked);
        }
        Add(text.Length, isTrained: false, isMasked: false);
        return segments;

        void Add(int end, bool isTrained, bool isMasked)
        {
            if (end > at)
            {
                segments.Add(new(text[at..end], isTrained) { IsMasked = isMasked });
                at = end;
            }
        }
    }
}
