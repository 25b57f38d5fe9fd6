using System.ClientModel;
using System.Net;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace Microsoft.ML.Asft.Serving.Tests;

/// <summary>The official client against the server, as a user would have it.</summary>
public sealed class OpenAIClientTests(TinyServed served) : IClassFixture<TinyServed>, IAsyncLifetime
{
    private AsftServer _server = null!;

    public async Task InitializeAsync() =>
        _server = await AsftServer.StartAsync(served.Model, new AsftServerOptions { Port = 0, ApiKey = "secret", ModelName = "tiny" });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task It_completes_a_chat()
    {
        ChatCompletion completion = await Chat().CompleteChatAsync(
            [new SystemChatMessage("Be brief."), new UserChatMessage("Hello")], new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 7 });
        Assert.NotEmpty(completion.Content[0].Text);
        Assert.Equal(ChatFinishReason.Length, completion.FinishReason);
        Assert.Equal(7, completion.Usage.OutputTokenCount);
        Assert.Equal("tiny", completion.Model);
    }

    [Fact]
    public async Task It_streams_a_chat()
    {
        var options = new ChatCompletionOptions { Temperature = 0.9f, MaxOutputTokenCount = 9 };
#pragma warning disable OPENAI001 // the seed is marked as experimental
        options.Seed = 4;
#pragma warning restore OPENAI001
        ChatCompletion whole = await Chat().CompleteChatAsync([new UserChatMessage("Hello")], options);
        string text = "";
        ChatFinishReason? reason = null;
        int tokens = 0;
        await foreach (var update in Chat().CompleteChatStreamingAsync([new UserChatMessage("Hello")], options))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            reason = update.FinishReason ?? reason;
            tokens = update.Usage?.OutputTokenCount ?? tokens;
        }

        Assert.Equal(whole.Content[0].Text, text);
        Assert.Equal(whole.FinishReason, reason);
        Assert.Equal(whole.Usage.OutputTokenCount, tokens);
    }

    [Fact]
    public async Task It_gets_log_probabilities()
    {
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 4, IncludeLogProbabilities = true, TopLogProbabilityCount = 3 };
        ChatCompletion completion = await Chat().CompleteChatAsync([new UserChatMessage("Hello")], options);
        Assert.Equal(4, completion.ContentTokenLogProbabilities.Count);
        foreach (var token in completion.ContentTokenLogProbabilities)
        {
            Assert.Equal(3, token.TopLogProbabilities.Count);
            Assert.Equal(token.LogProbability, token.TopLogProbabilities[0].LogProbability);
            Assert.InRange(token.LogProbability, -20, 0);
        }
    }

    [Fact]
    public async Task It_lists_the_model()
    {
        OpenAIModelCollection models = await Client().GetOpenAIModelClient().GetModelsAsync();
        Assert.Equal("tiny", Assert.Single(models).Id);
    }

    [Fact]
    public async Task It_is_told_what_is_wrong()
    {
        var wrongKey = await Assert.ThrowsAsync<ClientResultException>(() => Chat(key: "guess").CompleteChatAsync("Hello"));
        Assert.Equal((int)HttpStatusCode.Unauthorized, wrongKey.Status);
        var wrongModel = await Assert.ThrowsAsync<ClientResultException>(() => Client().GetChatClient("gpt").CompleteChatAsync("Hello"));
        Assert.Equal((int)HttpStatusCode.NotFound, wrongModel.Status);
        Assert.Contains("'gpt' does not exist", wrongModel.Message, StringComparison.Ordinal);
    }

    private ChatClient Chat(string key = "secret") => Client(key).GetChatClient("tiny");

    private OpenAIClient Client(string key = "secret") =>
        new(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(_server.Address, "v1") });
}
