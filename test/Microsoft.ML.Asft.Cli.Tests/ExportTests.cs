namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary><c>asft export</c>; what is in the files is tested where they are made.</summary>
public sealed class ExportTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public async Task A_gguf_file_and_a_Modelfile_are_written_and_counted()
    {
        var run = await ToolRun.Done(
            "export", "gguf", "--model", tiny.Model, "--output", tiny.At("gguf/tiny.gguf"), "--type", "q8_0", "--modelfile", "--json");

        Assert.Equal(tiny.At("gguf/tiny.gguf"), run.Json.GetProperty("output").GetString());
        Assert.True(run.Json.GetProperty("tensors").GetInt32() > 10);
        Assert.Equal(new FileInfo(tiny.At("gguf/tiny.gguf")).Length, run.Json.GetProperty("bytes").GetInt64());
        Assert.Equal("GGUF"u8, File.ReadAllBytes(tiny.At("gguf/tiny.gguf")).AsSpan(0, 4));
        Assert.StartsWith("FROM ./tiny.gguf\n", File.ReadAllText(run.Json.GetProperty("modelfile").GetString()!), StringComparison.Ordinal);
        Assert.Equal(run.Json.GetProperty("warnings").GetArrayLength(), run.ErrorLines.Length);
    }

    [Fact]
    public async Task A_trained_adapter_is_written_merged_and_alone()
    {
        await ToolRun.Done([.. tiny.Train("trained"), "--max-steps", "1"]);
        var merged = await ToolRun.Done(
            "export", "gguf", "--model", tiny.Model, "--adapter", tiny.At("trained"), "--output", tiny.At("merged.gguf"), "--json");
        var alone = await ToolRun.Done(
            "export", "gguf", "--model", tiny.Model, "--adapter", tiny.At("trained"), "--output", tiny.At("alone.gguf"), "--adapter-only", "--json");
        Assert.True(merged.Json.GetProperty("tensors").GetInt32() > 0);
        Assert.True(alone.Json.GetProperty("bytes").GetInt64() < merged.Json.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task An_onnx_folder_is_written_and_counted()
    {
        var run = await ToolRun.Done("export", "onnx", "--model", tiny.Model, "--output", tiny.At("onnx"), "--type", "f16", "--json");

        Assert.Equal(tiny.At("onnx"), run.Json.GetProperty("output").GetString());
        Assert.True(run.Json.GetProperty("tensors").GetInt32() > 10);
        Assert.Equal(new FileInfo(tiny.At("onnx/model.onnx.data")).Length, run.Json.GetProperty("bytes").GetInt64());
        Assert.True(File.Exists(tiny.At("onnx/genai_config.json")));
        Assert.Equal(run.Json.GetProperty("warnings").GetArrayLength(), run.ErrorLines.Length);
    }

    [Fact]
    public async Task A_file_as_the_output_of_onnx_is_refused()
    {
        var run = await ToolRun.Of("export", "onnx", "--model", tiny.Model, "--output", tiny.Data);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("which is a file", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("export")]
    [InlineData("export onnx --model a --output b --type q8_0")]
    [InlineData("export gguf --model a --output b.gguf --adapter-only")]
    [InlineData("export gguf --model a --output b.gguf --type q4_0")]
    [InlineData("export gguf --model .")]
    public async Task Wrong_usage_ends_with_2(string commandLine) => Assert.Equal(2, (await ToolRun.Of(commandLine.Split(' '))).ExitCode);

    [Fact]
    public async Task A_folder_as_output_is_refused()
    {
        var run = await ToolRun.Of("export", "gguf", "--model", tiny.Model, "--output", tiny.Tokenizer);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("which is a folder", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }
}
