using System.Diagnostics;

namespace Quickstart;

/// <summary>Starts this program again with one argument.</summary>
internal static class FreshProcess
{
    /// <summary>Returns the lines that it printed.</summary>
    public static string[] Run(string argument)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] arguments = isHost ? [typeof(FreshProcess).Assembly.Location, argument] : [argument];
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries) : throw new InvalidOperationException(
            $"The fresh process ended with exit code {process.ExitCode}.");
    }
}
