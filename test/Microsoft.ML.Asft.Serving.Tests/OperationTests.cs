using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Serving.Tests;

/// <summary>What those who run a server need: health, metrics, keys.</summary>
public sealed class OperationTests(TinyServed served) : ServerFixture(served)
{
    [Fact]
    public async Task Health_and_metrics_are_there_for_those_who_run_it()
    {
        Assert.Equal("ok", (string?)JsonNode.Parse(await Http.GetStringAsync("/health"))!["status"]);
        await Post("/v1/completions", """{"prompt": "a", "max_tokens": 2}""");
        Assert.True(await Metric("asft_completion_tokens_total") >= 2);
        Assert.True(await Metric("asft_time_to_first_token_seconds_count") >= 1);
        string text = await Http.GetStringAsync("/metrics");
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(@"^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [0-9.eE+-]+)$", line));
    }

    [Fact]
    public async Task Metrics_keep_the_names_types_and_buckets_that_dashboards_have()
    {
        await Post("/v1/completions", """{"prompt": "a", "max_tokens": 2}""");

        string text = await Http.GetStringAsync("/metrics");
        string[] types = [.. text.Split('\n').Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l["# TYPE ".Length..]).Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "asft_completion_seconds histogram", "asft_completion_tokens_total counter", "asft_completions_running gauge",
                "asft_decode_steps_total counter", "asft_prompt_tokens_total counter", "asft_requests_total counter", "asft_requests_waiting gauge",
                "asft_time_to_first_token_seconds histogram", "process_resident_memory_bytes gauge",
            ],
            types);
        Assert.Contains("asft_requests_total{path=\"/v1/completions\",status=\"200\"}", text, StringComparison.Ordinal);
        Assert.Contains("asft_completion_seconds_bucket{le=\"0.025\"}", text, StringComparison.Ordinal);
        Assert.Contains("asft_completion_seconds_bucket{le=\"+Inf\"}", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.168.0.1")]
    [InlineData("::")]
    public async Task An_address_that_others_reach_needs_a_key(string host)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => AsftServer.StartAsync(Served.Model, new AsftServerOptions { Host = host, Port = 0 }));
        Assert.Contains("ApiKey", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_is_asked_for_everywhere_but_at_health()
    {
        await using var server = await AsftServer.StartAsync(Served.Model, new AsftServerOptions { Port = 0, ApiKey = "k" });
        using var http = new HttpClient { BaseAddress = server.Address };
        foreach (string path in new[] { "/v1/models", "/metrics", "/nowhere" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(path)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health")).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "k");
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v1/models")).StatusCode);
    }
}
