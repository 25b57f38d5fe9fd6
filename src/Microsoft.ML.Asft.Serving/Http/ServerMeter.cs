using System.Diagnostics.Metrics;
using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>
/// The instruments of the meter <c>Microsoft.ML.Asft.Serving</c>, for OpenTelemetry, dotnet-counters and other listeners in the process. Names, units and
/// attributes follow OpenTelemetry's conventions: those for generative AI where they have the measure, <c>asft.server</c> otherwise.
/// </summary>
internal sealed class ServerMeter : IDisposable
{
    public const string Name = "Microsoft.ML.Asft.Serving";

    private readonly Meter _meter = new(Name, typeof(ServerMeter).Assembly.GetName().Version?.ToString());
    private readonly KeyValuePair<string, object?> _model;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _completion;

    /// <param name="counts">Asks what is under way and has been done.</param>
    /// <param name="model">The model's name.</param>
    public ServerMeter(Func<EngineCounts> counts, string model)
    {
        _model = new("gen_ai.response.model", model);
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = SecondsBuckets };
        _requests = _meter.CreateCounter<long>("asft.server.requests", "{request}", "Requests answered.");
        _firstToken = _meter.CreateHistogram(
            "gen_ai.server.time_to_first_token", "s", "From a request's arrival to its first token.", tags: null, seconds);
        _completion = _meter.CreateHistogram(
            "gen_ai.server.request.duration", "s", "From a request's arrival to its last token.", tags: null, seconds);
        _meter.CreateObservableUpDownCounter(
            "asft.server.requests.waiting", () => Measure(counts().Waiting), "{request}", "Requests that wait for a place.");
        _meter.CreateObservableUpDownCounter(
            "asft.server.completions.running", () => Measure(counts().Running), "{completion}", "Completions under way.");
        _meter.CreateObservableCounter(
            "asft.server.tokens",
            () => new[]
            {
                Measure(counts().PromptTokens, KeyValuePair.Create<string, object?>("gen_ai.token.type", "input")),
                Measure(counts().CompletionTokens, KeyValuePair.Create<string, object?>("gen_ai.token.type", "output")),
            },
            "{token}", "Tokens of prompts and completions.");
        _meter.CreateObservableCounter(
            "asft.server.decode_steps", () => Measure(counts().Steps), "{step}", "Passes of the batch, each a token of every completion.");
    }

    /// <summary>Gets the upper bounds of a duration's buckets.</summary>
    public static double[] SecondsBuckets => [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    public void CountRequest(string route, int status) =>
        _requests.Add(1, _model, new("http.route", route), new("http.response.status_code", status));

    /// <summary>Adds a time to the first token.</summary>
    /// <param name="time">It.</param>
    /// <param name="operation"><c>chat</c> or <c>text_completion</c>.</param>
    public void RecordFirstToken(TimeSpan time, string operation) => Record(_firstToken, time, operation);

    /// <summary>Adds a time to the last token.</summary>
    /// <param name="time">It.</param>
    /// <param name="operation"><c>chat</c> or <c>text_completion</c>.</param>
    public void RecordCompletion(TimeSpan time, string operation) => Record(_completion, time, operation);

    public void Dispose() => _meter.Dispose();

    private void Record(Histogram<double> histogram, TimeSpan time, string operation) => histogram.Record(
        time.TotalSeconds, _model, new("gen_ai.operation.name", operation), new("gen_ai.provider.name", "asft"));

    private Measurement<T> Measure<T>(T value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : struct => new(value, [_model, .. tags]);
}
