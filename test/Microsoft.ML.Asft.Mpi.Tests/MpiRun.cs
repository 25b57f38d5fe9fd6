using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>This assembly as the workers of <c>mpirun</c>.</summary>
internal sealed partial class MpiRun : IDisposable
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Stop = 19;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);
    private static readonly Lazy<string?> Missing = new(LookForMpi);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _read = [];
    private readonly Dictionary<int, int> _processOf = [];
    private readonly Task<string> _error;
    private readonly Task _reading;

    private MpiRun(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
        _reading = Read();
    }

    /// <summary>Gets why nothing can be run; <see langword="null"/> where it can.</summary>
    public static string? WhyMissing => Missing.Value;

    /// <summary>Starts workers.</summary>
    /// <param name="workers">How many.</param>
    /// <param name="task">A task of <see cref="Worker"/>, and its arguments.</param>
    public static MpiRun Start(int workers, params string[] task) => Start([], workers, task);

    /// <inheritdoc cref="Start(int, string[])"/>
    public static MpiRun Start(string[] settings, int workers, params string[] task) =>
        StartAssembly(typeof(MpiRun).Assembly.Location, settings, workers, task);

    /// <summary>Runs the <c>asft</c> tool, by one process without mpirun or by several workers.</summary>
    /// <param name="workers">How many.</param>
    /// <param name="args">Its command line without <c>--workers</c>.</param>
    public static async Task<(int ExitCode, string Output, string Error)> Tool(int workers, params string[] args)
    {
        string tool = Path.Combine(AppContext.BaseDirectory, "asft.dll");
        using var run = workers == 1
            ? Start("dotnet", [tool, .. args, "--threads", "1"])
            : StartAssembly(tool, [], workers, [.. args, "--workers", "mpi", "--threads", "1"]);
        return await run.End();
    }

    private static MpiRun StartAssembly(string assembly, string[] settings, int workers, string[] args) => Start(
        "mpirun",
        ["--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", .. settings, "-n", $"{workers}", "dotnet", assembly, .. args]);

    private static MpiRun Start(string program, string[] args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // A process of seconds does not live long enough to gain from compiling its methods a second time.
            Environment = { ["OMP_NUM_THREADS"] = "1", ["DOTNET_TieredPGO"] = "0", ["DOTNET_TC_CallCounting"] = "0" },
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

    /// <summary>Waits for a line, and returns the number that follows its beginning; −1 where the output ends without one.</summary>
    public async Task<int> NumberAfter(string beginning)
    {
        while (await _lines.Reader.WaitToReadAsync())
        {
            while (_lines.Reader.TryRead(out string? line))
            {
                int at = line.IndexOf(beginning, StringComparison.Ordinal);
                if (at >= 0)
                {
                    return int.Parse(Digits().Match(line[(at + beginning.Length)..]).Value, CultureInfo.InvariantCulture);
                }
            }
        }

        return -1;
    }

    /// <summary>Sends a signal to mpirun.</summary>
    public void Signal(int signal) => Assert.Equal(0, SendSignal(_process.Id, signal));

    /// <summary>Sends a signal to a worker that has said which process it is.</summary>
    public void SignalWorker(int rank, int signal)
    {
        lock (_processOf)
        {
            Assert.Equal(0, SendSignal(_processOf[rank], signal));
        }
    }

    /// <summary>Waits for the end.</summary>
    public async Task<(int ExitCode, string Output, string Error)> End()
    {
        using var late = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(late.Token);
        await _reading;
        return (_process.ExitCode, string.Join('\n', _read), await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();

    [GeneratedRegex(@"worker (\d+) is process (\d+)")]
    private static partial Regex ProcessLine();

    private async Task Read()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _read.Add(line);
            if (ProcessLine().Match(line) is { Success: true } said)
            {
                lock (_processOf)
                {
                    _processOf[Number(said.Groups[1])] = Number(said.Groups[2]);
                }
            }

            _lines.Writer.TryWrite(line);
        }

        _lines.Writer.Complete();

        static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);
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
