using System.Text;
using Microsoft.ML.Asft.Generation;
using Prometheus;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>The counts of a server: for <c>/metrics</c> by prometheus-net, and for listeners in the process by <see cref="ServerMeter"/>.</summary>
internal sealed class ServerMetrics : IDisposable
{
    private static readonly HistogramConfiguration Seconds = new() { Buckets = ServerMeter.SecondsBuckets };

    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly ServerMeter _meter;
    private readonly Counter _requests;
    private readonly Histogram _firstToken;
    private readonly Histogram _completion;

    /// <param name="counts">Asks what is under way and has been done.</param>
    /// <param name="model">The model's name.</param>
    public ServerMetrics(Func<EngineCounts> counts, string model)
    {
        _meter = new ServerMeter(counts, model);
        var factory = Metrics.WithCustomRegistry(_registry);
        _requests = factory.CreateCounter("asft_requests_total", "Requests answered.", "path", "status");
        var waiting = factory.CreateGauge("asft_requests_waiting", "Requests that wait for a place.");
        var running = factory.CreateGauge("asft_completions_running", "Completions under way.");
        var promptTokens = factory.CreateCounter("asft_prompt_tokens_total", "Tokens of prompts.");
        var completionTokens = factory.CreateCounter("asft_completion_tokens_total", "Tokens of completions.");
        var steps = factory.CreateCounter("asft_decode_steps_total", "Passes of the batch, each a token of every completion.");
        var memory = factory.CreateGauge("process_resident_memory_bytes", "Memory in use.");
        _firstToken = factory.CreateHistogram("asft_time_to_first_token_seconds", "From a request's arrival to its first token.", Seconds);
        _completion = factory.CreateHistogram("asft_completion_seconds", "From a request's arrival to its last token.", Seconds);
        _registry.AddBeforeCollectCallback(() =>
        {
            var now = counts();
            waiting.Set(now.Waiting);
            running.Set(now.Running);
            promptTokens.IncTo(now.PromptTokens);
            completionTokens.IncTo(now.CompletionTokens);
            steps.IncTo(now.Steps);
            memory.Set(Environment.WorkingSet);
        });
    }

    /// <summary>Counts an answer.</summary>
    public void CountRequest(string route, int status)
    {
        _requests.WithLabels(route, $"{status}").Inc();
        _meter.CountRequest(route, status);
    }

    /// <summary>Adds the time from a request's arrival to its first token.</summary>
    public void ObserveFirstToken(TimeSpan time, string operation)
    {
        _firstToken.Observe(time.TotalSeconds);
        _meter.RecordFirstToken(time, operation);
    }

    /// <summary>Adds the time from a request's arrival to its last token.</summary>
    public void ObserveCompletion(TimeSpan time, string operation)
    {
        _completion.Observe(time.TotalSeconds);
        _meter.RecordCompletion(time, operation);
    }

    /// <summary>Writes everything in Prometheus' text format.</summary>
    public async Task<string> WriteAsync(CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(text, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    public void Dispose() => _meter.Dispose();
}
