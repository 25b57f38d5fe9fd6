using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>What only a process of its own shows: its standard streams.</summary>
public sealed class ProcessTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public async Task A_dash_reads_the_data_from_standard_input()
    {
        using var process = ToolProcess.Start("encode", "--model", tiny.Model, "--data", "-");
        await process.StandardInput.WriteAsync(await File.ReadAllTextAsync(tiny.Data));
        process.StandardInput.Close();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal((await ToolRun.Done("encode", "--model", tiny.Model, "--data", tiny.Data)).Out, output);
    }

    [Fact]
    public async Task Progress_goes_to_standard_error_and_leaves_one_object_on_standard_output()
    {
        using var process = ToolProcess.Start([.. tiny.Train("piped"), "--max-steps", "2", "--json"]);
        var error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, await error);
        Assert.Equal(2, JsonDocument.Parse(output).RootElement.GetProperty("steps").GetInt32());
        Assert.Contains("step 2/2", await error, StringComparison.Ordinal);
    }
}
