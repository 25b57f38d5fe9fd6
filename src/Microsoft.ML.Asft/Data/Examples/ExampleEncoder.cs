using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Data.Examples;

/// <summary>
/// Encodes conversations as token ids and labels, as the official trainer does. The text is tokenized as a whole, and as many tokens
/// are masked as the prompt alone has. If the prompt alone is tokenized differently from the beginning of the whole, a
/// token is trained on when it covers any character of a response.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="template">The template that writes the text and marks what is learned.</param>
/// <param name="endOfSequenceId">The token that ends a text; it follows each response whose end the template does not mark.</param>
/// <param name="trainOnPrompt">Whether all tokens are trained on, also those of the prompt.</param>
/// <param name="trainOnThinking">Whether the thought at the beginning of a turn is trained on.</param>
public sealed class ExampleEncoder(
    Tokenizer tokenizer, PromptTemplate template, int? endOfSequenceId, bool trainOnPrompt = false, bool trainOnThinking = true)
{
    private readonly HuggingFaceTokenizer? _huggingFace = tokenizer as HuggingFaceTokenizer;

    /// <summary>Warnings about settings in the tokenizer's files that are not applied.</summary>
    internal IReadOnlyList<string> TokenizerWarnings => _huggingFace?.Warnings ?? [];

    /// <summary>Lists fields of a conversation that the template leaves out because they do not change its meaning.</summary>
    internal IEnumerable<string> Ignored(Conversation conversation) => TemplateFit.Ignored(template, conversation);

    /// <summary>Creates the encoder of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="template">Another template than the model's own.</param>
    public static ExampleEncoder For(AsftTransformer model, PromptTemplate? template = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ExampleReader.EncoderFor(model.Tokenizer, model.Model, template ?? model.Template);
    }

    /// <summary>Encodes a conversation for training.</summary>
    /// <param name="conversation">The messages, at least one of them the assistant's.</param>
    /// <exception cref="InvalidDataException">
    /// The template cannot render it, or it has nothing to learn. The caller adds the row to the message.
    /// </exception>
    public EncodedExample Encode(Conversation conversation)
    {
        TemplateFit.Require(template, conversation);
        RenderedConversation rendered = template.RenderTurns(conversation, addGenerationPrompt: false);
        (List<int> ids, List<Part> parts) = EncodeSegments(trainOnThinking ? rendered.Segments : [.. ThinkingMask.Apply(rendered.Segments)]);
        int[] labels =
            [.. ids.Select((id, i) => parts[i] == Part.Learnt || (parts[i] == Part.Prompt && trainOnPrompt) ? id : EncodedExample.IgnoreIndex)];
        return parts.Contains(Part.Learnt) ? new EncodedExample([.. ids], labels) { Notices = rendered.Notices } : throw new InvalidDataException(
            $"the template '{template.Name}' leaves nothing to learn; the row needs a message of the assistant");
    }

    /// <summary>Encodes the prompt of a completion.</summary>
    /// <param name="conversation">The messages so far.</param>
    /// <returns>The tokens, at least one.</returns>
    /// <exception cref="InvalidDataException">The template cannot render it, or renders it as an empty text.</exception>
    public IReadOnlyList<int> EncodePrompt(Conversation conversation)
    {
        TemplateFit.Require(template, conversation);
        (List<int> ids, _) = EncodeSegments(template.Render(conversation, addGenerationPrompt: true), isOpen: true);
        return ids.Count > 0 ? ids : throw new InvalidDataException(
            $"The template '{template.Name}' made an empty prompt: there is nothing to complete. Give a prompt, or another template.");
    }

    /// <summary>The tokens that end a completion: the model's own, the one that training puts at the end, and the template's.</summary>
    /// <param name="modelStopTokens">The model's own, such as <see cref="Modeling.CausalLanguageModel.EndOfSequenceTokenIds"/>.</param>
    public IReadOnlySet<int> StopTokens(IEnumerable<int> modelStopTokens) =>
        modelStopTokens.Concat(new[] { endOfSequenceId, EndOfTurnId() }.OfType<int>()).ToHashSet();

    /// <summary>The template's own end of turn, if it is one token.</summary>
    private int? EndOfTurnId() => template.EndOfTurn is not { } turn ? null
        : _huggingFace is not null ? _huggingFace.TokenToId(turn)
        : tokenizer.EncodeToIds(turn) is [int id] ? id : null;

    /// <summary>
    /// Encodes a rendering. If the template marks no ends of turns, the end-of-sequence token follows each response, and
    /// the text after it is tokenized separately. If its mark is not a token, the end-of-sequence token follows the last response.
    /// </summary>
    private (List<int> Ids, List<Part> Parts) EncodeSegments(IReadOnlyList<PromptSegment> segments, bool isOpen = false)
    {
        var ids = new List<int>();
        var parts = new List<Part>();
        int last = isOpen ? segments.Count : segments.Select(segment => segment.IsTrained).ToList().LastIndexOf(true);
        int first = 0;
        for (int i = 0; i < segments.Count; i++)
        {
            bool endsTurn = segments[i].IsTrained && (i + 1 == segments.Count || !segments[i + 1].IsTrained)
                && (template.EndOfTurn is null || (i == last && EndOfTurnId() is null));
            if (endsTurn || i + 1 == segments.Count)
            {
                AddPiece([.. segments.Skip(first).Take(i + 1 - first)], begins: first == 0, isOpen: isOpen && !endsTurn, ids, parts);
                first = i + 1;
            }
            if (endsTurn && endOfSequenceId is { } id && (ids.Count == 0 || ids[^1] != id))
            {
                ids.Add(id);
                parts.Add(segments[i].IsMasked ? Part.Masked : Part.Learnt);
            }
        }
        return (ids, parts);
    }

    private void AddPiece(PromptSegment[] segments, bool begins, bool isOpen, List<int> ids, List<Part> parts)
    {
        string text = string.Concat(segments.Select(segment => segment.Text));
        IReadOnlyList<EncodedToken> tokens = Tokenize(text, begins, out string? normalized);
        Response[] responses = [.. Responses(segments, text, normalized)];
        for (int i = 0; i < tokens.Count; i++)
        {
            if (!IsUncalledFor(tokens[i], begins, isEnd: isOpen && text.Length > 0 && i == tokens.Count - 1))
            {
                ids.Add(tokens[i].Id);
                parts.Add(PartOf(i));
            }
        }

        Part PartOf(int i)
        {
            Response[] covered = [.. responses.Where(r => r.Covers(tokens[i]) && !IsOfPrompt(r, text, begins, tokens, i))];
            return covered.Length == 0 ? Part.Prompt : Array.TrueForAll(covered, r => r.IsMasked) ? Part.Masked : Part.Learnt;
        }
    }

    /// <summary>
    /// Whether the tokenizer added this token where it does not belong: before a text that begins with
    /// the template's own special tokens or continues another text, or at the end of a prompt to complete.
    /// </summary>
    private bool IsUncalledFor(EncodedToken token, bool begins, bool isEnd)
    {
        bool standsForNothing = token.Offset.Start.Equals(token.Offset.End);
        bool mayBegin = begins && (template.AddsSpecialTokens || _huggingFace is not null);
        return standsForNothing && (token.Offset.Start.Value == 0 ? !mayBegin : isEnd && token.Id == endOfSequenceId);
    }

    /// <summary>
    /// Whether a token that begins in the prompt and reaches into the response still belongs to the prompt, because the prompt
    /// alone has the same tokens: a special token that includes the white space after it.
    /// </summary>
    private bool IsOfPrompt(Response response, string text, bool begins, IReadOnlyList<EncodedToken> tokens, int i)
    {
        if (tokens[i].Offset.Start.Value >= response.Start)
        {
            return false;
        }
        IReadOnlyList<EncodedToken> alone = Tokenize(text[..response.PromptLength], begins, out _);
        return alone.Select(token => token.Id).SequenceEqual(tokens.Take(i + 1).Select(token => token.Id));
    }

    private IReadOnlyList<EncodedToken> Tokenize(string text, bool begins, out string? normalized)
    {
        normalized = null;
        return _huggingFace?.EncodeToTokens(text, begins && template.AddsSpecialTokens) ?? tokenizer.EncodeToTokens(text, out normalized);
    }

    /// <summary>Finds the responses in the text that the tokens' offsets refer to.</summary>
    private IEnumerable<Response> Responses(PromptSegment[] segments, string text, string? normalized)
    {
        int at = 0;
        foreach (PromptSegment segment in segments)
        {
            if (segment.IsTrained && segment.Text.Length > 0)
            {
                yield return new(Place(at), Place(at + segment.Text.Length), PromptLength: at, segment.IsMasked);
            }
            at += segment.Text.Length;
        }

        // A normalizer may change the length: the normalized prefix gives the new offset.
        int Place(int length)
        {
            if (normalized is null || normalized == text)
            {
                return length;
            }
            tokenizer.EncodeToTokens(text[..length], out string? prefix);
            return normalized.AsSpan().CommonPrefixLength(prefix ?? text[..length]);
        }
    }

    /// <summary>The part of the rendering that a token belongs to.</summary>
    private enum Part
    {
        /// <summary>Text that is only read, unless the prompt is trained on too.</summary>
        Prompt,

        /// <summary>An assistant's turn that is learnt.</summary>
        Learnt,

        /// <summary>An assistant's turn, or a part of one, that is never learnt.</summary>
        Masked,
    }

    /// <summary>The position of a response.</summary>
    /// <param name="Start">Its first character, as a token offset.</param>
    /// <param name="End">The end of its last character.</param>
    /// <param name="PromptLength">The length of the given text before it.</param>
    /// <param name="IsMasked">Whether it is left out of the loss.</param>
    private readonly record struct Response(int Start, int End, int PromptLength, bool IsMasked)
    {
        /// <summary>Whether a token covers any part of it. An empty token belongs to the character before it.</summary>
        public bool Covers(EncodedToken token)
        {
            (int start, int end) = (token.Offset.Start.Value, token.Offset.End.Value);
            return start == end ? Start < start && start <= End : start < End && Start < end;
        }
    }
}
