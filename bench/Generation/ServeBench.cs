using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Serving;

namespace Microsoft.ML.Asft.Bench;

/// <summary>Sixteen clients at once against one after another, over HTTP.</summary>
internal static class ServeBench
{
    private const int Clients = 16;
    private const int Completions = 64;
    private const int Tokens = 64;
    private const int AloneCompletions = 8;

    public static async Task RunAsync(AsftTransformer model)
    {
        await using var server = await AsftServer.StartAsync(model, new AsftServerOptions { Port = 0, Slots = Clients });
        using var http = new HttpClient { BaseAddress = server.Address };
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => CompleteAsync(http, i)));
        var ratios = new List<double>();
        var rates = new List<(double Alone, double Together)>();
        var firsts = new List<double>();
        for (int run = 0; run < 3; run++)
        {
            double alone = await RateAsync(http, clients: 1, AloneCompletions, []);
            double together = await RateAsync(http, Clients, Completions, firsts);
            rates.Add((alone, together));
            ratios.Add(together / alone);
        }

        Console.WriteLine(
            $"{Clients} clients, {Completions} completions of {Tokens} tokens: {Timing.Median(rates.Select(r => r.Together)):F0} tokens/s; "
            + $"one client: {Timing.Median(rates.Select(r => r.Alone)):F0} tokens/s; ratio {Timing.Median(ratios):F1}; "
            + $"time to first token p50 {Timing.Percentile(firsts, 0.5) * 1e3:F0} ms, p95 {Timing.Percentile(firsts, 0.95) * 1e3:F0} ms; errors: none");
    }

    private static async Task<double> RateAsync(HttpClient http, int clients, int completions, List<double> firsts)
    {
        int next = 0;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            for (int i = Interlocked.Increment(ref next); i <= completions; i = Interlocked.Increment(ref next))
            {
                double first = await CompleteAsync(http, i);
                lock (firsts)
                {
                    firsts.Add(first);
                }
            }
        }));
        return completions * Tokens / watch.Elapsed.TotalSeconds;
    }

    // Streams a completion and returns the seconds to its first token.
    private static async Task<double> CompleteAsync(HttpClient http, int i)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = JsonContent.Create(new JsonObject
            {
                ["prompt"] = $"The {i}. of some prompts", ["max_tokens"] = Tokens, ["temperature"] = 0, ["stream"] = true, ["logprobs"] = 0,
            }),
        };
        using var response = (await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead)).EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        double first = 0;
        int tokens = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("data: {", StringComparison.Ordinal))
            {
                first = tokens == 0 ? watch.Elapsed.TotalSeconds : first;
                tokens += JsonNode.Parse(line[6..])!["choices"]![0]!["logprobs"]!["tokens"]!.AsArray().Count;
            }
        }

        return tokens == Tokens ? first : throw new InvalidOperationException($"{tokens} tokens came instead of {Tokens}.");
    }
}
