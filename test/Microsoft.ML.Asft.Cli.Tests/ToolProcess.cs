using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>The tool as a process of its own.</summary>
internal static class ToolProcess
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>Gets the arguments with which <c>dotnet</c> runs the tool.</summary>
    public static string Assembly => typeof(AsftCommandLine).Assembly.Location;

    public static Process Start(params string[] args) => StartProgram("dotnet", [Assembly, .. args]);

    /// <summary>Starts the tool for minutes or more. Its methods are compiled again, as they are for users.</summary>
    public static Process StartLasting(params string[] args) => Process.Start(StartInfo("dotnet", [Assembly, .. args]))!;

    public static Process StartProgram(string program, params string[] args)
    {
        var start = StartInfo(program, args);
        // A process of seconds is over before profiles pay, or methods that are compiled a second time.
        (start.Environment["DOTNET_TieredPGO"], start.Environment["DOTNET_TC_CallCounting"]) = ("0", "0");
        return Process.Start(start)!;
    }

    // Small systems have no kill program.
    [DllImport("libc", EntryPoint = "kill")]
    public static extern int SendSignal(int process, int signal);

    private static ProcessStartInfo StartInfo(string program, string[] args)
    {
        // A shell's background job ignores Ctrl-C, and so would all that it starts.
        string[] signals = OperatingSystem.IsLinux() ? ["--default-signal=INT"] : [];
        return new ProcessStartInfo(signals.Length > 0 ? "env" : program, signals.Length > 0 ? [.. signals, program, .. args] : args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }
}
