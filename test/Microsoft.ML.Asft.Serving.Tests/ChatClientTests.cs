using Microsoft.Extensions.AI;
using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Serving.Tests;

public sealed class ChatClientTests(TinyServed served) : IClassFixture<TinyServed>
{
    private readonly AsftTransformer _model = served.Model;

    [Fact]
    public async Task A_response_is_the_models_completion_with_its_usage()
    {
        using var client = _model.AsChatClient();
        var expected = _model.Complete("Hello");
        var response = await client.GetResponseAsync("Hello");
        Assert.Equal(expected.Text, response.Text);
        Assert.Equal(expected.FinishReason == FinishReason.Stop ? ChatFinishReason.Stop : ChatFinishReason.Length, response.FinishReason);
        Assert.Equal(expected.PromptTokenCount, response.Usage!.InputTokenCount);
        Assert.Equal(expected.TokenIds.Count, response.Usage.OutputTokenCount);
        Assert.Equal("model", response.ModelId);
    }

    [Fact]
    public async Task A_streamed_response_is_the_same_piece_by_piece()
    {
        using var client = _model.AsChatClient();
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in client.GetStreamingResponseAsync("Hello"))
        {
            updates.Add(update);
        }

        Assert.True(updates.Count > 1);
        Assert.Equal(_model.Complete("Hello").Text, updates.ToChatResponse().Text);
    }

    [Fact]
    public async Task Options_are_the_models_own_options()
    {
        using var client = _model.AsChatClient();
        async Task<string> Answer(long seed, params IList<string> stops) => (await client.GetResponseAsync("Hello", new ChatOptions
        {
            Temperature = 1.2f, TopP = 0.9f, TopK = 30, Seed = seed, MaxOutputTokens = 9, StopSequences = stops,
        })).Text;

        string one = await Answer(5);
        Assert.Equal(one, await Answer(5));
        Assert.NotEqual(one, await Answer(6));
        string stop = one.Substring(2, 2);
        Assert.Equal(one[..one.IndexOf(stop, StringComparison.Ordinal)], await Answer(5, stop));
        Assert.Equal(1, (await client.GetResponseAsync("Hello", new ChatOptions { MaxOutputTokens = 1 })).Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task Responses_at_the_same_time_are_those_of_each_alone()
    {
        using var client = _model.AsChatClient(slots: 4);
        string[] prompts = [.. Enumerable.Range(0, 10).Select(i => new string((char)('a' + i), 1 + (3 * i)))];
        var together = await Task.WhenAll(prompts.Select(p => client.GetResponseAsync(p, new ChatOptions { Temperature = 1, Seed = p.Length })));
        for (int i = 0; i < prompts.Length; i++)
        {
            var alone = await client.GetResponseAsync(prompts[i], new ChatOptions { Temperature = 1, Seed = prompts[i].Length });
            Assert.Equal(alone.Text, together[i].Text);
        }
    }

    [Fact]
    public async Task Cancelling_ends_a_response_and_frees_its_place()
    {
        using var client = _model.AsChatClient(slots: 1);
        using var source = new CancellationTokenSource();
        int updates = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            var endless = new ChatOptions { MaxOutputTokens = 100_000 };
            await foreach (var _ in client.GetStreamingResponseAsync("Hello", endless, source.Token))
            {
                if (++updates == 2)
                {
                    source.Cancel();
                }
            }
        });
        Assert.InRange(updates, 2, 3);
        Assert.NotEmpty((await client.GetResponseAsync("Hello")).Text);
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused()
    {
        using var client = _model.AsChatClient();
        var image = new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")]);
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync(image));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("a", new ChatOptions { ResponseFormat = ChatResponseFormat.Json }));
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync("a", new ChatOptions { Temperature = -1 }));
        await Assert.ThrowsAsync<InvalidDataException>(() => client.GetResponseAsync(new string('a', 40_000)));
    }

    [Fact]
    public void It_tells_what_it_is()
    {
        using var client = _model.AsChatClient();
        Assert.Equal("model", client.GetService<ChatClientMetadata>()!.DefaultModelId);
        Assert.Same(_model, client.GetService<AsftTransformer>());
        Assert.Null(client.GetService<string>());
    }
}
