using System.Threading.Channels;

namespace Microsoft.ML.Asft.Generation;

/// <summary>The stream of one request's completions. Dispose it at any time to free their slots.</summary>
public sealed class CompletionStream : IDisposable
{
    private readonly Channel<CompletionUpdate> _updates = Channel.CreateUnbounded<CompletionUpdate>(new() { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _abandoned = new();

    internal CompletionStream(CompletionRequest request, StopCriteria ends)
    {
        Request = request;
        Samples = DecodingSequence.AllOf(request, ends, (i, sequence, text, token) =>
            _updates.Writer.TryWrite(new CompletionUpdate(i, text, token, sequence.FinishReason)));
        Abandoned = _abandoned.Token;
    }

    /// <summary>Gets the request.</summary>
    public CompletionRequest Request { get; }

    internal IReadOnlyList<DecodingSequence> Samples { get; }

    /// <summary>Gets the token that is cancelled when no one wants the rest.</summary>
    internal CancellationToken Abandoned { get; }

    /// <summary>Reads the updates of all completions, in the order in which they come. Read them once.</summary>
    /// <param name="cancellationToken">Stops the reading; disposing the stream gives the completions up.</param>
    public IAsyncEnumerable<CompletionUpdate> ReadAllAsync(CancellationToken cancellationToken) => _updates.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Says that there will be no more: all is done, or something went wrong.</summary>
    internal void Complete(Exception? error = null) => _updates.Writer.TryComplete(error);

    /// <summary>Gives up what is not done yet.</summary>
    public void Dispose()
    {
        if (!_abandoned.IsCancellationRequested)
        {
            _abandoned.Cancel();
            Complete(new OperationCanceledException("The completion was cancelled."));
        }
    }
}
