using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>
/// Answers a request from its completions, whole or streamed; chat and plain completions differ only in the shape of their
/// choices. When the client disconnects, its completions end.
/// </summary>
internal abstract class CompletionAnswer(ApiContext api, string idPrefix)
{
    private readonly string _id = $"{idPrefix}-{Guid.NewGuid():N}";
    private readonly long _created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    private readonly long _arrived = Stopwatch.GetTimestamp();

    protected ApiContext Api { get; } = api;

    /// <summary>Gets what OpenTelemetry calls the operation.</summary>
    protected abstract string Operation { get; }

    /// <summary>Gets the <c>object</c> of a whole answer.</summary>
    protected abstract string ObjectName { get; }

    /// <summary>Gets the <c>object</c> of a streamed piece.</summary>
    protected abstract string PieceName { get; }

    public async Task SendAsync(
        HttpContext http, IReadOnlyList<CompletionRequest> requests, bool isStreamed, bool includeUsage)
    {
        var streams = Api.Submit(requests);
        try
        {
            var cancellationToken = http.RequestAborted;
            var updates = Merge(streams, cancellationToken);
            await (isStreamed
                ? StreamAsync(http.Response, requests, updates, includeUsage, cancellationToken)
                : CollectAsync(http.Response, requests, updates, cancellationToken));
            Api.Metrics.ObserveCompletion(Stopwatch.GetElapsedTime(_arrived), Operation);
        }
        finally
        {
            foreach (var stream in streams)
            {
                stream.Dispose();
            }
        }
    }

    /// <summary>A choice of a whole answer.</summary>
    protected abstract JsonObject Choice(int index, string text, IReadOnlyList<TokenLogProbability>? tokens, string finishReason);

    /// <summary>A choice of a streamed piece.</summary>
    /// <param name="index">The index of the choice.</param>
    /// <param name="text">The text of this piece.</param>
    /// <param name="offset">The length of the text before it.</param>
    /// <param name="tokens">The tokens since the last piece, if they were requested.</param>
    /// <param name="finishReason">Why the choice ended, with its last piece.</param>
    protected abstract JsonObject Piece(int index, string text, int offset, IReadOnlyList<TokenLogProbability>? tokens, string? finishReason);

    /// <summary>The first piece of a streamed choice, if there is one.</summary>
    protected virtual JsonObject? Opening(int index) => null;

    private async Task CollectAsync(
        HttpResponse response, IReadOnlyList<CompletionRequest> requests, ChannelReader<(int Choice, CompletionUpdate Update)> updates,
        CancellationToken cancellationToken)
    {
        var choices = Choices(requests);
        await foreach (var (index, update) in updates.ReadAllAsync(cancellationToken))
        {
            choices[index].Add(update);
        }

        var json = Envelope(ObjectName);
        json["choices"] = new JsonArray([.. choices.Select((c, i) => Choice(i, c.Text.ToString(), WantsTokens(requests) ? c.Tokens : null, c.FinishReason!))]);
        json["usage"] = Usage(requests, choices);
        await ApiJson.WriteAsync(response, 200, json);
    }

    private async Task StreamAsync(
        HttpResponse response, IReadOnlyList<CompletionRequest> requests, ChannelReader<(int Choice, CompletionUpdate Update)> updates,
        bool includeUsage, CancellationToken cancellationToken)
    {
        var choices = Choices(requests);
        var events = new EventStream(response);
        events.Begin();
        try
        {
            for (int i = 0; i < choices.Length; i++)
            {
                if (Opening(i) is { } opening)
                {
                    await SendAsync(opening);
                }
            }

            await foreach (var (index, update) in updates.ReadAllAsync(cancellationToken))
            {
                var choice = choices[index];
                int offset = choice.Text.Length;
                choice.Add(update);
                bool wantsTokens = WantsTokens(requests);
                if (update.Text.Length > 0 || update.FinishReason is not null || wantsTokens)
                {
                    await SendAsync(Piece(index, update.Text, offset, wantsTokens ? choice.TakeNewTokens() : null, choice.FinishReason));
                }
            }

            if (includeUsage)
            {
                var json = Envelope(PieceName);
                json["choices"] = new JsonArray();
                json["usage"] = Usage(requests, choices);
                await events.SendAsync(json, cancellationToken);
            }

            await events.EndAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The status was already sent, so the error is the last event.
            await events.SendAsync(new ApiException(500, error.Message).ToJson(), cancellationToken);
            throw;
        }

        Task SendAsync(JsonObject choice)
        {
            var json = Envelope(PieceName);
            json["choices"] = new JsonArray(choice);
            if (includeUsage)
            {
                json["usage"] = null;
            }

            return events.SendAsync(json, cancellationToken);
        }
    }

    // The updates of all requests, each with its choice's index.
    private ChannelReader<(int Choice, CompletionUpdate Update)> Merge(IReadOnlyList<CompletionStream> streams, CancellationToken cancellationToken)
    {
        var merged = Channel.CreateUnbounded<(int, CompletionUpdate)>();
        int told = 0;
        var reading = streams.Select(async (stream, i) =>
        {
            await foreach (var update in stream.ReadAllAsync(cancellationToken))
            {
                if (Interlocked.Exchange(ref told, 1) == 0)
                {
                    Api.Metrics.ObserveFirstToken(Stopwatch.GetElapsedTime(_arrived), Operation);
                }

                merged.Writer.TryWrite(((i * stream.Request.Samples) + update.Sample, update));
            }
        });
        _ = Task.WhenAll(reading).ContinueWith(
            all => merged.Writer.TryComplete(all.IsCanceled ? new OperationCanceledException(cancellationToken) : all.Exception?.InnerException),
            TaskScheduler.Default);
        return merged.Reader;
    }

    private JsonObject Envelope(string name) => new()
    {
        ["id"] = _id,
        ["object"] = name,
        ["created"] = _created,
        ["model"] = Api.ModelName,
    };

    private static ChoiceState[] Choices(IReadOnlyList<CompletionRequest> requests) =>
        [.. Enumerable.Range(0, requests.Sum(request => request.Samples)).Select(_ => new ChoiceState())];

    private static bool WantsTokens(IReadOnlyList<CompletionRequest> requests) => requests[0].Options.TopLogProbabilities is not null;

    private static JsonObject Usage(IReadOnlyList<CompletionRequest> requests, ChoiceState[] choices)
    {
        int prompt = requests.Sum(request => request.Prompt.Count);
        int completion = choices.Sum(choice => choice.Tokens.Count);
        return new JsonObject { ["prompt_tokens"] = prompt, ["completion_tokens"] = completion, ["total_tokens"] = prompt + completion };
    }

    private sealed class ChoiceState
    {
        private int _told;

        public StringBuilder Text { get; } = new();

        public List<TokenLogProbability> Tokens { get; } = [];

        public string? FinishReason { get; private set; }

        public void Add(CompletionUpdate update)
        {
            Text.Append(update.Text);
            if (update.Token is { } token)
            {
                Tokens.Add(token);
            }

            FinishReason = update.FinishReason switch
            {
                Generation.FinishReason.Stop => "stop",
                Generation.FinishReason.Length => "length",
                _ => null,
            };
        }

        public IReadOnlyList<TokenLogProbability> TakeNewTokens()
        {
            var tokens = Tokens.GetRange(_told, Tokens.Count - _told);
            _told = Tokens.Count;
            return tokens;
        }
    }
}
