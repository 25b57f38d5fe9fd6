using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Serving.Tests;

public sealed class HttpTests(TinyServed served) : ServerFixture(served)
{
    [Fact]
    public async Task A_text_is_completed_as_it_is()
    {
        var (status, json) = await Post("/v1/completions", """{"prompt": "Hello", "max_tokens": 5, "temperature": 0}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("text_completion", (string?)json["object"]);
        Assert.Equal("length", (string?)json["choices"]![0]!["finish_reason"]);
        Assert.Equal(5, (int)json["usage"]!["prompt_tokens"]!);
        Assert.Equal(5, (int)json["usage"]!["completion_tokens"]!);
        // The same tokens, given as such.
        var ids = new JsonArray([.. "Hello".Select(c => (JsonNode)Served.Model.Tokenizer.EncodeToIds($"{c}")[0])]);
        var (_, again) = await Post("/v1/completions", $$"""{"prompt": {{ids.ToJsonString()}}, "max_tokens": 5, "temperature": 0}""");
        Assert.Equal((string?)json["choices"]![0]!["text"], (string?)again["choices"]![0]!["text"]);
    }

    [Fact]
    public async Task Several_prompts_and_samples_are_numbered_and_seeded()
    {
        const string body = """{"prompt": ["one", "two"], "n": 2, "max_tokens": 6, "seed": 9}""";
        var (_, json) = await Post("/v1/completions", body);
        string[] texts = [.. json["choices"]!.AsArray().Select(c => (string)c!["text"]!)];
        Assert.Equal([0, 1, 2, 3], json["choices"]!.AsArray().Select(c => (int)c!["index"]!));
        Assert.NotEqual(texts[0], texts[1]);
        var (_, again) = await Post("/v1/completions", body);
        Assert.Equal(texts, again["choices"]!.AsArray().Select(c => (string)c!["text"]!));
        var (_, alone) = await Post("/v1/completions", """{"prompt": "two", "n": 2, "max_tokens": 6, "seed": 9}""");
        Assert.Equal(texts[2..], alone["choices"]!.AsArray().Select(c => (string)c!["text"]!));
    }

    [Fact]
    public async Task A_stream_of_several_choices_adds_up_to_the_whole()
    {
        const string fields = "\"prompt\": \"Hi\", \"n\": 3, \"max_tokens\": 8, \"seed\": 2, \"logprobs\": 2";
        var (_, whole) = await Post("/v1/completions", $"{{{fields}}}");
        using var response = await Send("/v1/completions", $"{{{fields}, \"stream\": true}}");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        string[] events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(events, e => Assert.StartsWith("data: ", e, StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", events[^1]);
        string[] texts = ["", "", ""];
        int[] tokens = [0, 0, 0];
        foreach (string e in events[..^1])
        {
            var choice = JsonNode.Parse(e[6..])!["choices"]![0]!;
            texts[(int)choice["index"]!] += (string)choice["text"]!;
            tokens[(int)choice["index"]!] += choice["logprobs"]!["tokens"]!.AsArray().Count;
        }

        Assert.Equal(whole["choices"]!.AsArray().Select(c => (string)c!["text"]!), texts);
        Assert.Equal((int)whole["usage"]!["completion_tokens"]!, tokens.Sum());
    }

    [Theory]
    [InlineData("/v1/completions", "[1]", 400, null)]
    [InlineData("/v1/completions", "{", 400, null)]
    [InlineData("/v1/completions", "{}", 400, "prompt")]
    [InlineData("/v1/completions", """{"prompt": 3}""", 400, "prompt")]
    [InlineData("/v1/completions", """{"prompt": ""}""", 400, "prompt")]
    [InlineData("/v1/completions", """{"prompt": [999999]}""", 400, "prompt")]
    [InlineData("/v1/completions", """{"prompt": "a", "n": 0}""", 400, "n")]
    [InlineData("/v1/completions", """{"prompt": "a", "n": 5}""", 400, "n")]
    [InlineData("/v1/completions", """{"prompt": "a", "max_tokens": 100001}""", 400, "max_tokens")]
    [InlineData("/v1/completions", """{"prompt": "a", "temperature": "hot"}""", 400, "temperature")]
    [InlineData("/v1/completions", """{"prompt": "a", "echo": true}""", 400, "echo")]
    [InlineData("/v1/completions", """{"prompt": "a", "stop": ["1","2","3","4","5"]}""", 400, "stop")]
    [InlineData("/v1/completions", """{"prompt": "a", "frobnicate": 1}""", 400, "frobnicate")]
    [InlineData("/v1/completions", """{"prompt": "\ud800"}""", 400, null)]
    [InlineData("/v1/completions", """{"prompt": "x", "user": {"\ud800": 1}}""", 400, null)]
    [InlineData("/v1/completions", """{"prompt": "a", "model": "other"}""", 404, "model")]
    [InlineData("/v1/chat/completions", """{"messages": []}""", 400, "messages")]
    [InlineData("/v1/chat/completions", """{"messages": ["a"]}""", 400, "messages[0]")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "wizard", "content": "a"}]}""", 400, "messages[0].role")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user"}]}""", 400, "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}""", 400, "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "tools": [{}]}""", 400, "tools")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "tool_choice": 3}""", 400, "tool_choice")]
    [InlineData("/v1/chat/completions", """{"messages": [{"content": "a"}]}""", 400, "messages[0].role")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": 1, "content": "a"}]}""", 400, "messages[0].role")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "assistant", "content": null}]}""", 400, "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a", "name": "Ann"}]}""", 400, "messages[0].name")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "tool_calls": [{"id": "1"}]}]}""", 400, "messages[1].tool_calls")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a", "tool_call_id": "1"}]}""", 400, "messages[0].tool_call_id")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "assistant", "content": "a", "refusal": "no"}]}""", 400, "messages[0].refusal")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "assistant", "content": "a", "reasoning_content": "b"}]}""", 400, "messages[0].reasoning_content")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {}}]}]}""", 400, "messages[0].content[0].cache_control")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": [{"text": "a"}]}]}""", 400, "messages[0].content[0].type")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": [{"type": "text"}]}]}""", 400, "messages[0].content[0].text")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "stream_options": {"include_usage": "yes"}}""", 400, "stream_options.include_usage")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "stream_options": {"include_everything": true}}""", 400, "stream_options.include_everything")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "response_format": {"type": "json_object"}}""", 400, "response_format.type")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "response_format": "text"}""", 400, "response_format")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "response_format": {}}""", 400, "response_format.type")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "top_logprobs": 2}""", 400, "top_logprobs")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "max_tokens": 2, "max_completion_tokens": 3}""", 400, "max_tokens")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "store": true}""", 400, "store")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "service_tier": "priority"}""", 400, "service_tier")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "modalities": ["text", "audio"]}""", 400, "modalities")]
    [InlineData("/v1/completions", """{"prompt": "a", "prompt": "b"}""", 400, null)]
    [InlineData("/v1/nothing", "{}", 404, null)]
    public async Task A_bad_request_is_told_what_is_wrong_in_the_apis_shape(string path, string body, int expected, string? param)
    {
        var (status, json) = await Post(path, body);
        Assert.Equal(expected, (int)status);
        Assert.NotEmpty((string)json["error"]!["message"]!);
        Assert.Equal("invalid_request_error", (string?)json["error"]!["type"]);
        Assert.Equal(param, (string?)json["error"]!["param"]);
    }

    [Fact]
    public async Task What_clients_send_along_without_asking_for_anything_is_let_pass()
    {
        var (status, _) = await Post("/v1/chat/completions", """
            {"messages": [{"role": "system", "content": "Be brief.", "name": null},
              {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
              {"role": "assistant", "content": "c", "refusal": null, "audio": null, "annotations": [], "tool_calls": []}, {"role": "user", "content": "d"}],
             "max_tokens": 2, "max_completion_tokens": 2, "user": "u", "metadata": {"a": "b"}, "store": false, "service_tier": "auto", "modalities": ["text"],
             "parallel_tool_calls": true, "response_format": {"type": "text"}, "logprobs": true, "top_logprobs": 1, "tools": [], "tool_choice": "none"}
            """);
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/metrics")]
    [InlineData("/v1/models")]
    public async Task HEAD_is_answered_as_GET_without_the_body(string path)
    {
        using var get = await Http.GetAsync(path);
        using var head = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        Assert.True(head.Content.Headers.ContentLength > 0);
        if (path != "/metrics")   // whose numbers change
        {
            Assert.Equal(get.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        }
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", "POST")]
    [InlineData("HEAD", "/v1/completions", "POST")]
    [InlineData("DELETE", "/v1/completions", "POST")]
    [InlineData("POST", "/v1/models", "GET, HEAD")]
    [InlineData("PUT", "/health", "GET, HEAD")]
    [InlineData("POST", "/metrics", "GET, HEAD")]
    [InlineData("PATCH", "/v1/models/anything", "GET, HEAD")]
    [InlineData("OPTIONS", "/v1/models", "GET, HEAD")]
    public async Task Another_method_is_told_which_ones_there_are(string method, string path, string allowed)
    {
        using var response = await Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow));
        if (method != "HEAD")
        {
            Assert.Equal("method_not_allowed", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["code"]);
        }
    }

    [Theory]
    [InlineData("/v1/models/maker/model")]
    [InlineData("/v1/models/maker%2Fmodel")]
    public async Task A_model_may_have_a_slash_in_its_name(string path)
    {
        await using var server = await AsftServer.StartAsync(Served.Model, new AsftServerOptions { Port = 0, ModelName = "maker/model" });
        using var http = new HttpClient { BaseAddress = server.Address };
        Assert.Equal("maker/model", (string?)JsonNode.Parse(await http.GetStringAsync(path))!["id"]);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/v1/models/maker")).StatusCode);
    }

    [Fact]
    public async Task Bodies_and_prompts_have_limits_and_must_be_text()
    {
        var (long_, _) = await Post("/v1/completions", $$"""{"prompt": "{{new string('a', 30_000)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, long_);
        var (prompt, json) = await Post("/v1/completions", $$"""{"prompt": "{{new string('a', 300)}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, prompt);
        Assert.Equal("context_length_exceeded", (string?)json["error"]!["code"]);

        using var bytes = new ByteArrayContent([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        bytes.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var bad = await Http.PostAsync("/v1/completions", bytes);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        using var form = await Http.PostAsync("/v1/completions", new StringContent("{}", Encoding.UTF8, "text/plain"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, form.StatusCode);
    }

    [Fact]
    public async Task A_full_queue_answers_429_and_a_client_that_goes_away_frees_its_place()
    {
        // Four endless requests fill the slots, two more the queue.
        const string endless = """{"prompt": "a", "max_tokens": 30000, "stream": true, "temperature": 0}""";
        var held = new List<HttpResponseMessage>();
        for (int i = 0; i < 4; i++)
        {
            held.Add(await Send("/v1/completions", endless));
            Assert.NotEqual(-1, (await held[i].Content.ReadAsStreamAsync()).ReadByte());
        }

        using var source = new CancellationTokenSource();
        var queued = Enumerable.Range(0, 2).Select(_ => Send("/v1/completions", endless, source.Token)).ToArray();
        await Until(async () => (await Metric("asft_requests_waiting")) == 2);
        using var refused = await Send("/v1/completions", endless);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        Assert.Equal("rate_limit_error", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["type"]);

        source.Cancel();
        held.ForEach(response => response.Dispose());
        await Until(async () => await Metric("asft_completions_running") == 0 && await Metric("asft_requests_waiting") == 0);
        var (status, _) = await Post("/v1/completions", """{"prompt": "a", "max_tokens": 2}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.All(queued, task => Assert.True(task.IsCompleted));
    }
}
