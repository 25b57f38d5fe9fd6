using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace TrainingDynamics;

/// <summary>
/// Starts this program again for one run. A run computes with one thread, so that its figures do not hang on how many processors there are,
/// and as many runs go on at once as there are processors.
/// </summary>
internal static class Worker
{
    /// <summary>Prints what a run measured, for the process that started this one.</summary>
    public static void Print(IReadOnlyList<Measurement> measurements) => Console.WriteLine(JsonSerializer.Serialize(measurements));

    /// <summary>Starts a process with these arguments, and returns what it printed.</summary>
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
                : throw new InvalidOperationException($"A run ended with exit code {process.ExitCode}; its error stands above.");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
