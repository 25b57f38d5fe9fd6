using System.Globalization;
using Microsoft.Extensions.AI;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Serving;

/// <summary>Converts chat messages and options to requests of the engine. Unsupported options are errors, not ignored.</summary>
internal static class ChatRequests
{
    /// <exception cref="InvalidDataException">The model's template cannot render the messages, or the prompt is too long.</exception>
    /// <exception cref="NotSupportedException">The messages or options ask for more than text.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static CompletionRequest From(AsftTransformer model, IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var conversation = messages.Select(ToPromptMessage).ToList();
        if (options?.Instructions is { Length: > 0 } instructions)
        {
            conversation.Insert(0, new PromptMessage("system", instructions));
        }

        var prompt = model.EncodePrompt(new(conversation));
        int limit = model.Model.ContextLength;
        if (prompt.Count >= limit)
        {
            throw new InvalidDataException(
                $"The prompt has {prompt.Count} tokens, but the model's context is {limit}, including the response. Shorten it.");
        }

        var generation = model.Options.Generation.Clone();
        Apply(options, generation);
        OptionsValidator.CheckRanges(generation);
        return new CompletionRequest(prompt, generation);
    }

    private static PromptMessage ToPromptMessage(ChatMessage message)
    {
        var other = message.Contents.FirstOrDefault(content => content is not (TextContent or TextReasoningContent or UsageContent));
        return other is null
            ? new PromptMessage(message.Role.Value, message.Text)
            : throw new NotSupportedException(
                $"A message of the role '{message.Role}' has {other.GetType().Name}; these models take only text.");
    }

    private static void Apply(ChatOptions? options, GenerationOptions generation)
    {
        if (options is null)
        {
            return;
        }

        if (options.Tools is { Count: > 0 })
        {
            throw new NotSupportedException("The options have tools, but these models do not call tools.");
        }

        if (options.ResponseFormat is not (null or ChatResponseFormatText))
        {
            throw new NotSupportedException("The options have a response format, but these models answer in free text.");
        }

        generation.MaxNewTokens = options.MaxOutputTokens ?? generation.MaxNewTokens;
        generation.Temperature = Exact(options.Temperature) ?? generation.Temperature;
        generation.TopP = Exact(options.TopP) ?? generation.TopP;
        generation.TopK = options.TopK ?? generation.TopK;
        generation.FrequencyPenalty = Exact(options.FrequencyPenalty) ?? generation.FrequencyPenalty;
        generation.PresencePenalty = Exact(options.PresencePenalty) ?? generation.PresencePenalty;
        generation.Seed = options.Seed ?? generation.Seed;
        generation.StopStrings = options.StopSequences ?? generation.StopStrings;
        generation.MinP = Additional(options, "min_p") ?? generation.MinP;
        generation.RepetitionPenalty = Additional(options, "repetition_penalty") ?? generation.RepetitionPenalty;
    }

    // 0.8f is meant as 0.8, not as the nearest float.
    private static double? Exact(float? value) =>
        value is { } number ? double.Parse(number.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;

    private static double? Additional(ChatOptions options, string name) =>
        options.AdditionalProperties?.TryGetValue(name, out object? value) is true && value is not null
            ? Convert.ToDouble(value, CultureInfo.InvariantCulture)
            : null;
}
