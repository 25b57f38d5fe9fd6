using System.Diagnostics;

namespace Microsoft.ML.Asft.Mpi.Tests;

public sealed class OperationTests
{
    [MpiTheory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Operations_give_what_they_promise(int workers)
    {
        string output = await MpiRun.Done(workers, "operations");
        Assert.All(Enumerable.Range(0, workers), rank => Assert.Contains($"worker {rank} of {workers} is content", output, StringComparison.Ordinal));
    }

    [MpiFact]
    public async Task A_process_that_mpirun_did_not_start_is_a_group_of_one()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(Worker).Assembly.Location, "operations"])
        {
            RedirectStandardOutput = true,
        })!;
        Assert.Contains("worker 0 of 1 is content", await process.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
