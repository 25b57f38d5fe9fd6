using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace TrainingDynamics;

/// <summary>
/// Starts this program again for one run. A run uses one thread, so its figures do not depend on the number of processors.
/// As many runs are active at the same time as there are processors.
/// </summary>
internal static class Worker
{
    /// <summary>Prints a run's measurements for the process that started this one.</summary>
    public static void Print(IReadOnlyList<Measurement> measurements) => Console.WriteLine(JsonSerializer.Serialize(measurements));

    /// <summary>Starts a process with these arguments and returns its output.</summary>
    public static async Task<string> StartAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHost ? [typeof(Worker).Assembly.Location, .. arguments] : arguments)
        {
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var process = Process.Start(start)!;
        try
        {
            string printed = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? printed
                : throw new InvalidOperationException($"A run ended with exit code {process.ExitCode}; its error message is above.");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
