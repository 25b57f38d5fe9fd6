using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>Counts for <c>/metrics</c>, in Prometheus' text format.</summary>
internal sealed class ServerMetrics
{
    private readonly ConcurrentDictionary<(string Path, int Status), long> _requests = [];
    private readonly Histogram _firstToken = new();
    private readonly Histogram _whole = new();

    public void CountRequest(string path, int status) => _requests.AddOrUpdate((path, status), 1, (_, count) => count + 1);

    public void ObserveFirstToken(TimeSpan time) => _firstToken.Observe(time.TotalSeconds);

    public void ObserveCompletion(TimeSpan time) => _whole.Observe(time.TotalSeconds);

    public string Write(EngineCounts counts)
    {
        var text = new StringBuilder();
        Head("asft_requests_total", "counter", "Requests answered.");
        foreach (var ((path, status), count) in _requests.ToArray().OrderBy(r => r.Key))
        {
            Line($"asft_requests_total{{path=\"{path}\",status=\"{status}\"}}", count);
        }

        One("asft_requests_waiting", "gauge", "Requests that wait for a place.", counts.Waiting);
        One("asft_completions_running", "gauge", "Completions under way.", counts.Running);
        One("asft_prompt_tokens_total", "counter", "Tokens of prompts.", counts.PromptTokens);
        One("asft_completion_tokens_total", "counter", "Tokens of completions.", counts.CompletionTokens);
        One("asft_decode_steps_total", "counter", "Passes of the batch, each a token of every completion.", counts.Steps);
        One("process_resident_memory_bytes", "gauge", "Memory in use.", Environment.WorkingSet);
        Times("asft_time_to_first_token_seconds", "From a request's arrival to its first token.", _firstToken);
        Times("asft_completion_seconds", "From a request's arrival to its last token.", _whole);
        return text.ToString();

        void Head(string name, string type, string help) => text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");

        void Line(string name, double value) => text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");

        void One(string name, string type, string help, double value)
        {
            Head(name, type, help);
            Line(name, value);
        }

        void Times(string name, string help, Histogram histogram)
        {
            Head(name, "histogram", help);
            var (buckets, count, sum) = histogram.Read();
            foreach (var (bound, below) in buckets)
            {
                Line(string.Create(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{bound}\"}}"), below);
            }

            Line($"{name}_bucket{{le=\"+Inf\"}}", count);
            Line($"{name}_sum", sum);
            Line($"{name}_count", count);
        }
    }

    private sealed class Histogram
    {
        private static readonly double[] Bounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

        private readonly long[] _counts = new long[Bounds.Length + 1];
        private double _sum;

        public void Observe(double value)
        {
            int bucket = Array.FindIndex(Bounds, bound => value <= bound);
            lock (_counts)
            {
                _counts[bucket < 0 ? Bounds.Length : bucket]++;
                _sum += value;
            }
        }

        public (IReadOnlyList<(double Bound, long Below)> Buckets, long Count, double Sum) Read()
        {
            lock (_counts)
            {
                long below = 0;
                var buckets = Bounds.Select((bound, i) => (bound, below += _counts[i])).ToArray();
                return (buckets, below + _counts[^1], _sum);
            }
        }
    }
}
