using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>Text, token ids and labels: <c>encode</c>, <c>tokenize</c> and <c>render</c>.</summary>
public sealed class EncodingTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public async Task Labels_of_encoded_rows_decode_to_the_responses()
    {
        string encoded = tiny.At("encoded.jsonl");
        var run = await ToolRun.Done("encode", "--model", tiny.Model, "--data", tiny.Data, "--output", encoded, "--json");

        var labels = File.ReadLines(encoded)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("labels").EnumerateArray().Select(label => label.GetInt32()).Where(label => label >= 0).ToArray())
            .ToArray();
        Assert.Equal(labels.Sum(l => l.Length), run.Json.GetProperty("labelled_tokens").GetInt32());
        string input = string.Join('\n', labels.Select(l => JsonSerializer.Serialize(new { ids = l })));
        var decoded = await ToolRun.Of(input, CancellationToken.None, "tokenize", "--model", tiny.Model, "--decode");
        Assert.Equal(
            TinyModel.Responses.Select(r => r + TinyTokenizer.EndOfText),
            decoded.OutLines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Tokenize_gives_the_ids_of_the_tokenizers_own_bytes_and_merges()
    {
        var run = await ToolRun.Of("""{"text": "Be the é"}""", CancellationToken.None, "tokenize", "--model", tiny.Model);

        // Bytes are their own ids, " the" is the third merge, and é is two bytes of UTF-8.
        Assert.Equal("""{"ids":[66,101,258,32,195,169]}""", Assert.Single(run.OutLines));
    }

    [Fact]
    public async Task A_line_of_input_that_is_no_object_is_named()
    {
        var run = await ToolRun.Of("{\"text\": \"a\"}\n\n[1]\n", CancellationToken.None, "tokenize", "--model", tiny.Model);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Line 3", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_puts_messages_into_the_template()
    {
        const string Messages = """{"messages": [{"role": "user", "content": "Say <hi>"}], "add_generation_prompt": true}""";
        var run = await ToolRun.Of(Messages, CancellationToken.None, "render", "--model", tiny.Model, "--template", "chatml");

        Assert.Equal(
            "<|im_start|>user\nSay <hi><|im_end|>\n<|im_start|>assistant\n",
            JsonDocument.Parse(Assert.Single(run.OutLines)).RootElement.GetProperty("text").GetString());
    }
}
