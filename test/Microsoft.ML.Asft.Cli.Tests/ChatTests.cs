using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

public sealed class ChatTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private string[] Chat => ["chat", "--model", tiny.Model, "--template", "chatml", "--max-new-tokens", "5"];

    [Fact]
    public async Task Each_line_is_answered_with_the_conversation_before_it()
    {
        var run = await ToolRun.Of("Question 1?\nQuestion 2?\n", CancellationToken.None, [.. Chat, "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        var messages = run.Json.GetProperty("messages");
        Assert.Equal(["user", "assistant", "user", "assistant"], Roles(messages));
        var first = await ToolRun.Of("Question 1?\n", CancellationToken.None, Chat);
        Assert.Equal(first.Out.TrimEnd('\n'), messages[1].GetProperty("content").GetString());
    }

    [Fact]
    public async Task Reset_begins_anew_system_is_told_beforehand_and_save_writes_what_train_reads()
    {
        string file = tiny.At("talk.jsonl");
        var run = await ToolRun.Of($"one\n/reset\n/system Be brief.\ntwo\n/save {file}\n/exit\nthree\n", CancellationToken.None, Chat);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains($"saved to {file}", run.Error, StringComparison.Ordinal);
        var messages = JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement.GetProperty("messages");
        Assert.Equal(["system", "user", "assistant"], Roles(messages));
        Assert.Equal("two", messages[1].GetProperty("content").GetString());
        await ToolRun.Done("encode", "--model", tiny.Model, "--data", file, "--template", "chatml");
    }

    [Fact]
    public async Task Drawn_answers_go_by_the_seed()
    {
        async Task<string> Answer(string seed) =>
            (await ToolRun.Of("Question?\n", CancellationToken.None, [.. Chat, "--temperature", "2", "--seed", seed])).Out;

        Assert.Equal(await Answer("1"), await Answer("1"));
        Assert.NotEqual(await Answer("1"), await Answer("2"));
    }

    private static IEnumerable<string?> Roles(JsonElement messages) => messages.EnumerateArray().Select(m => m.GetProperty("role").GetString());
}
