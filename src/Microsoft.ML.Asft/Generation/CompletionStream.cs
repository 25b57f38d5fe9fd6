using System.Threading.Channels;

namespace Microsoft.ML.Asft.Generation;

/// <summary>The stream of one request's completions. Dispose it at any time to free their slots.</summary>
internal sealed class CompletionStream : IDisposable
{
    private readonly Channel<CompletionUpdate> _updates = Channel.CreateUnbounded<CompletionUpdate>(new() { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _abandoned = new();

    public CompletionStream(CompletionRequest request, StopCriteria ends)
    {
        Request = request;
        var seed = SamplingSeed.Of(request.Options.Seed);
        Samples = [.. Enumerable.Range(0, request.Samples).Select(i => new DecodingSequence(
            request.Prompt, request.Options, seed.For(i), ends)
        {
            Told = (sequence, text, token) => _updates.Writer.TryWrite(new CompletionUpdate(i, text, token, sequence.FinishReason)),
        })];
        Abandoned = _abandoned.Token;
    }

    public CompletionRequest Request { get; }

    public IReadOnlyList<DecodingSequence> Samples { get; }

    /// <summary>Gets the token that is cancelled when the stream is disposed.</summary>
    public CancellationToken Abandoned { get; }

    /// <summary>Reads the updates of all completions as they arrive.</summary>
    public IAsyncEnumerable<CompletionUpdate> ReadAllAsync(CancellationToken cancellationToken) => _updates.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Ends the stream, with or without an error.</summary>
    public void Complete(Exception? error = null) => _updates.Writer.TryComplete(error);

    public void Dispose()
    {
        if (!_abandoned.IsCancellationRequested)
        {
            _abandoned.Cancel();
            Complete(new OperationCanceledException("The completion was cancelled."));
        }
    }
}
