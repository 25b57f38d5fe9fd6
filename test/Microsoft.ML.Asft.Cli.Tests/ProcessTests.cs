using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>What only a process of its own shows: standard input, and signals.</summary>
public sealed class ProcessTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private const int Interrupt = 2;

    [Fact]
    public async Task A_dash_reads_the_data_from_standard_input()
    {
        using var process = Start("encode", "--model", tiny.Model, "--data", "-");
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
        using var process = Start([.. tiny.Train("piped"), "--max-steps", "2", "--json"]);
        var error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, await error);
        Assert.Equal(2, JsonDocument.Parse(output).RootElement.GetProperty("steps").GetInt32());
        Assert.Contains("step 2/2", await error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_between_two_steps_ends_with_130()
    {
        using var process = Start([.. tiny.Train("stopped"), "--max-steps", "1000000"]);
        var output = process.StandardOutput.ReadToEndAsync();
        while (await process.StandardError.ReadLineAsync() is { } line && !line.StartsWith("step 1/", StringComparison.Ordinal))
        {
        }

        Assert.Equal(0, SendSignal(process.Id, Interrupt));
        string rest = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 130, rest);
        Assert.EndsWith("asft: interrupted\n", rest, StringComparison.Ordinal);
        Assert.Empty(await output);
        Assert.Equal(["training_log.jsonl"], Directory.GetFileSystemEntries(tiny.At("stopped")).Select(Path.GetFileName));
    }

    // Small systems have no kill program.
    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);

    private static Process Start(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(AsftCommandLine).Assembly.Location, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
