using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>A client of <c>asft serve</c> that behaves now well and now badly, and looks at every answer.</summary>
internal sealed class SoakClient(Uri address, string key, int seed)
{
    private readonly Random _random = new(seed);
    private readonly HttpClient _http = new() { BaseAddress = address };

    /// <summary>Gets what it does, by name.</summary>
    public static IReadOnlyList<string> Deeds { get; } =
    [
        "whole", "streamed", "text", "hang up while streaming", "hang up while waiting", "rubbish", "half a request", "oversize",
        "oversize without a length", "bad UTF-8", "unknown field", "wrong key", "no key", "wrong model", "broken JSON", "wrong address", "metrics",
    ];

    /// <summary>Gets how often it did what.</summary>
    public Dictionary<string, int> Done { get; } = [];

    public static async Task WaitUntilIdleAsync(Uri address, string key)
    {
        using var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await http.GetStringAsync("/metrics", limit.Token)).Contains("\nasft_completions_running 0\n", StringComparison.Ordinal))
        {
            await Task.Yield();
        }
    }

    /// <summary>Does everything once, in an order of its own.</summary>
    public Task RunOnceAsync() => RunAsync(Deeds.OrderBy(_ => _random.Next()).ToArray(), CancellationToken.None);

    /// <summary>Does anything, until the time is over.</summary>
    public Task RunAsync(CancellationToken over) => RunAsync(Endless(), over);

    private IEnumerable<string> Endless()
    {
        while (true)
        {
            yield return Deeds[_random.Next(Deeds.Count)];
        }
    }

    private async Task RunAsync(IEnumerable<string> deeds, CancellationToken over)
    {
        foreach (string deed in deeds.TakeWhile(_ => !over.IsCancellationRequested))
        {
            await DoAsync(deed);
            Done[deed] = Done.GetValueOrDefault(deed) + 1;
        }

        _http.Dispose();
    }

    private Task DoAsync(string deed) => deed switch
    {
        "whole" => ChatAsync(Chat(stream: false)),
        "streamed" => StreamAsync(hangUp: false),
        "text" => AnswerAsync("/v1/completions", """{"prompt": ["the", "sea"], "n": 2, "max_tokens": 4, "logprobs": 1, "stop": "e"}""", 200, 429),
        "hang up while streaming" => StreamAsync(hangUp: true),
        "hang up while waiting" => HangUpWhileWaitingAsync(),
        "rubbish" => RawAsync(Noise(300)),
        "half a request" => RawAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{{\"pro")),
        "oversize" => AnswerAsync("/v1/completions", $$"""{"prompt": "{{new string('a', 30_000)}}"}""", 413),
        "oversize without a length" => OversizeAsync(),
        "bad UTF-8" => AnswerAsync("/v1/completions", [.. "{\"prompt\": \""u8, 0xC3, 0x28, .. "\"}"u8], 400),
        "unknown field" => AnswerAsync("/v1/completions", """{"prompt": "a", "prediction": {"type": "content"}}""", 400),
        "wrong key" => AnswerAsync("/v1/completions", "{}", "wrong", 401),
        "no key" => AnswerAsync("/v1/models", (byte[]?)null, "", 401),
        "wrong model" => AnswerAsync("/v1/completions", """{"prompt": "a", "model": "b"}""", 404),
        "broken JSON" => AnswerAsync("/v1/chat/completions", Broken(Chat(stream: false)), 200, 400, 404, 429),
        "wrong address" => AnswerAsync($"/v{_random.Next(9)}/{_random.Next(1000)}", (byte[]?)null, key, 404),
        _ => MetricsAsync(),
    };

    private string Chat(bool stream) => $$"""
        {"model": "tiny", "messages": [{"role": "user", "content": "{{new string('x', _random.Next(1, 100))}}"}], "stream": {{(stream ? "true" : "false")}},
         "max_tokens": {{_random.Next(1, 40)}}, "temperature": {{_random.Next(2)}}, "n": {{_random.Next(1, 3)}}}
        """;

    private async Task ChatAsync(string body)
    {
        var json = await AnswerAsync("/v1/chat/completions", body, 200, 429);
        if (json["choices"] is JsonArray choices)
        {
            Assert.All(choices, choice => Assert.Contains((string?)choice!["finish_reason"], new[] { "stop", "length" }));
            Assert.True((int)json["usage"]!["completion_tokens"]! >= 0);
        }
    }

    private async Task StreamAsync(bool hangUp)
    {
        using var response = await _http.SendAsync(Request("/v1/chat/completions", Bytes(Chat(stream: true)), key), HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode == HttpStatusCode.TooManyRequests)
        {
            return;
        }

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        int left = hangUp ? _random.Next(8) : int.MaxValue;
        string last = "";
        while (left-- > 0 && await reader.ReadLineAsync() is { } line)
        {
            last = line.Length > 0 ? line : last;
            Assert.True(line.Length == 0 || line == "data: [DONE]" || JsonNode.Parse(line["data: ".Length..])!["choices"] is JsonArray, line);
        }

        Assert.True(hangUp || last == "data: [DONE]", last);
    }

    private async Task HangUpWhileWaitingAsync()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(_random.Next(1, 30)));
        try
        {
            using var response = await _http.SendAsync(Request("/v1/chat/completions", Bytes(Chat(stream: false)), key), source.Token);
            Assert.Contains((int)response.StatusCode, new[] { 200, 429 });
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task RawAsync(byte[] bytes)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(address.Host, address.Port);
        var stream = tcp.GetStream();
        try
        {
            await stream.WriteAsync(bytes);
            tcp.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            string answer = await reader.ReadToEndAsync();
            Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), answer);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // It was shut in the sender's face.
        }
    }

    private async Task OversizeAsync()
    {
        using var request = Request("/v1/completions", new byte[100_000], key);
        request.Headers.TransferEncodingChunked = true;
        try
        {
            using var response = await _http.SendAsync(request);
            await CheckAsync(response, 413);
        }
        catch (HttpRequestException)
        {
            // The server need not read to the end what it has refused.
        }
    }

    private async Task MetricsAsync()
    {
        using var response = await _http.SendAsync(Request("/metrics", null, key));
        Assert.Contains("asft_completion_tokens_total ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private Task<JsonNode> AnswerAsync(string path, string body, params int[] expected) => AnswerAsync(path, Bytes(body), key, expected);

    private Task<JsonNode> AnswerAsync(string path, byte[] body, params int[] expected) => AnswerAsync(path, body, key, expected);

    private Task<JsonNode> AnswerAsync(string path, string body, string withKey, params int[] expected) => AnswerAsync(path, Bytes(body), withKey, expected);

    private async Task<JsonNode> AnswerAsync(string path, byte[]? body, string withKey, params int[] expected)
    {
        using var response = await _http.SendAsync(Request(path, body, withKey));
        return await CheckAsync(response, expected);
    }

    // The status is among those expected, and the body is an answer or an error in the API's shape.
    private static async Task<JsonNode> CheckAsync(HttpResponseMessage response, params int[] expected)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(expected.Contains((int)response.StatusCode), $"{response.StatusCode}: {text}");
        var json = JsonNode.Parse(text)!;
        Assert.True(response.IsSuccessStatusCode ? json["object"] is not null : ((string?)json["error"]?["message"])?.Length > 0, text);
        Assert.True(response.StatusCode != HttpStatusCode.TooManyRequests || response.Headers.RetryAfter is not null);
        return json;
    }

    private static HttpRequestMessage Request(string path, byte[]? body, string withKey)
    {
        var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        if (withKey.Length > 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", withKey);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        return request;
    }

    private byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        _random.NextBytes(noise);
        return noise;
    }

    private byte[] Broken(string json)
    {
        byte[] bytes = Bytes(json);
        for (int i = 0; i < 3; i++)
        {
            bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        }

        return bytes;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
