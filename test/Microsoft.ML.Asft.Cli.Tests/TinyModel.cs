namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>A folder with a tokenizer, a model that <c>asft init</c> made, and demonstrations.</summary>
public sealed class TinyModel : IAsyncLifetime
{
    public static readonly string[] Responses = ["four", "the sea", "Über all", "no", "yes", "the the"];

    private readonly string _folder = Directory.CreateTempSubdirectory("asft-cli-").FullName;

    public string Tokenizer => At("tokenizer");

    public string Model => At("model");

    public string Data => At("data.jsonl");

    /// <summary>The arguments that fine-tune the model into a folder.</summary>
    public string[] Train(string output) => ["train", "--model", Model, "--data", Data, "--output", At(output)];

    public string At(string name) => Path.Combine(_folder, name);

    public async Task InitializeAsync()
    {
        TinyTokenizer.Write(Tokenizer);
        await ToolRun.Done("init", "--preset", "tiny", "--hidden-size", "32", "--tokenizer", Tokenizer, "--output", Model);
        await File.WriteAllLinesAsync(Data, Responses.Select((r, i) => $$"""{"instruction": "Question {{i}}?", "response": "{{r}}"}"""));
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}
