using System.ComponentModel;
using System.Diagnostics;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>This assembly as the workers of <c>mpirun</c>.</summary>
internal sealed class MpiRun : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly Lazy<string?> Missing = new(LookForMpi);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private MpiRun(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Gets why nothing can be run; <see langword="null"/> where it can.</summary>
    public static string? WhyMissing => Missing.Value;

    public int ProcessId => _process.Id;

    /// <summary>Starts workers.</summary>
    /// <param name="workers">How many.</param>
    /// <param name="task">A task of <see cref="Worker"/>, and its arguments.</param>
    public static MpiRun Start(int workers, params string[] task) => Start(workers, [], task);

    /// <inheritdoc cref="Start(int, string[])"/>
    public static MpiRun Start(int workers, string[] settings, string[] task)
    {
        var start = new ProcessStartInfo(
            "mpirun",
            [
                "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "--tag-output", .. settings, "-n", $"{workers}",
                "dotnet", typeof(MpiRun).Assembly.Location, .. task,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OMP_NUM_THREADS"] = "1", ["OPENBLAS_NUM_THREADS"] = "1" },
        };
        return new MpiRun(Process.Start(start)!);
    }

    /// <summary>Runs workers to their end, which must be a good one.</summary>
    public static async Task<string> Done(int workers, params string[] task)
    {
        using var run = Start(workers, task);
        var (code, output, error) = await run.End();
        Assert.True(code == 0, $"exit code {code}\n{error}\n{output}");
        return output;
    }

    /// <summary>Waits for the end.</summary>
    public async Task<(int ExitCode, string Output, string Error)> End()
    {
        using var late = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(late.Token);
        return (_process.ExitCode, await _output, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static string? LookForMpi()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("mpirun", ["--version"]) { RedirectStandardOutput = true })!;
            string version = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return version.Contains("Open MPI", StringComparison.Ordinal) ? null : $"needs Open MPI; mpirun here is {version.Split('\n')[0]}";
        }
        catch (Win32Exception)
        {
            return "needs Open MPI (apt-get install openmpi-bin), which is not here";
        }
    }
}
