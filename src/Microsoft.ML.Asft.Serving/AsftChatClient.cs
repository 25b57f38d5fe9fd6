using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Serving;

/// <summary>A chat client over a model in this process.</summary>
internal sealed class AsftChatClient : IChatClient
{
    private readonly AsftTransformer _model;
    private readonly CompletionEngine _engine;
    private readonly ChatClientMetadata _metadata;

    public AsftChatClient(AsftTransformer model, int slots)
    {
        _model = model;
        _engine = new CompletionEngine(model, slots, queueLimit: int.MaxValue);
        _metadata = new ChatClientMetadata("asft", defaultModelId: ModelNames.Of(model));
    }

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        cancellationToken.ThrowIfCancellationRequested();
        var request = ChatRequests.From(_model, messages, options);
        using var stream = _engine.TrySubmit(request)!;                           // the queue has no limit
        string id = $"chatcmpl-{Guid.NewGuid():N}";
        var created = DateTimeOffset.UtcNow;
        int tokens = 0;
        await foreach (var update in stream.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            // Otherwise text that is already complete would be returned before the cancellation is noticed.
            cancellationToken.ThrowIfCancellationRequested();
            tokens += update.Token is null ? 0 : 1;
            if (update.Text.Length == 0 && update.FinishReason is null)
            {
                continue;
            }

            var told = new ChatResponseUpdate(ChatRole.Assistant, update.Text)
            {
                ResponseId = id,
                MessageId = id,
                ModelId = _metadata.DefaultModelId,
                CreatedAt = created,
            };
            if (update.FinishReason is { } reason)
            {
                told.FinishReason = reason == FinishReason.Stop ? ChatFinishReason.Stop : ChatFinishReason.Length;
                told.Contents.Add(new UsageContent(new UsageDetails
                {
                    InputTokenCount = request.Prompt.Count,
                    OutputTokenCount = tokens,
                    TotalTokenCount = request.Prompt.Count + tokens,
                }));
            }

            yield return told;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType == typeof(AsftTransformer) ? _model
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    public void Dispose() => _engine.Dispose();
}
