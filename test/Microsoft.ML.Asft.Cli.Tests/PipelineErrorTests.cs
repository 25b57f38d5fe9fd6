namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>A pipeline that cannot be loaded: one line says which and why, whatever ML.NET wraps around it.</summary>
public sealed class PipelineErrorTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Theory]
    [InlineData("generate", "--prompt", "hi")]
    [InlineData("serve", "--port", "0")]
    [InlineData("chat", "--threads", "1")]
    public async Task A_base_model_that_has_moved_is_said_to_be_gone(string command, string option, string value)
    {
        string pipeline = await Pipeline();
        Directory.Move(tiny.Model, tiny.At("elsewhere"));
        try
        {
            var run = await ToolRun.Of(command, "--pipeline", pipeline, option, value);

            Assert.Equal(1, run.ExitCode);
            string line = Assert.Single(run.ErrorLines);
            Assert.Contains($"is not at {tiny.Model}", line, StringComparison.Ordinal);
            Assert.Contains("ASFT_MODEL_HOME", line, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Move(tiny.At("elsewhere"), tiny.Model);
        }
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.9)]
    public async Task A_file_that_is_cut_is_named(double kept)
    {
        byte[] whole = await File.ReadAllBytesAsync(await Pipeline());
        string cut = tiny.At("cut.zip");
        await File.WriteAllBytesAsync(cut, whole[..(int)(whole.Length * kept)]);

        foreach (string[] command in (string[][])[["generate", "--pipeline", cut, "--prompt", "hi"], ["inspect", cut]])
        {
            var run = await ToolRun.Of(command);

            Assert.Equal(1, run.ExitCode);
            Assert.Contains($"'{cut}'", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }
    }

    private async Task<string> Pipeline()
    {
        if (!File.Exists(tiny.At("out/pipeline.zip")))
        {
            await ToolRun.Done([.. tiny.Train("out"), "--max-steps", "1", "--template", "plain"]);
        }

        return tiny.At("out/pipeline.zip");
    }
}
