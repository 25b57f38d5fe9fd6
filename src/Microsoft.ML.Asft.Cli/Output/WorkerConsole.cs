using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>The streams of a process that may be one of several workers. Only the first worker prints.</summary>
internal static class WorkerConsole
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    // Set by Open MPI's mpirun, by PMIx and by Slurm's srun.
    private static readonly string[] Ranks = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"];

    /// <summary>The streams, before MPI is started.</summary>
    /// <param name="args">The command line.</param>
    public static CommandConsole For(IReadOnlyList<string> args)
    {
        string? rank = Ranks.Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => value is not null);
        if (rank is null || !args.Any(arg => arg.StartsWith("--workers", StringComparison.Ordinal)))
        {
            return CommandConsole.System();
        }

        // mpirun gives the process a terminal as standard output. Console would write control sequences to it.
        return rank == "0"
            ? new CommandConsole(TextReader.Null, Writer(StandardOutput), Writer(StandardError))
            : new CommandConsole(TextReader.Null, TextWriter.Null, TextWriter.Null);
    }

    private static StreamWriter Writer(nint handle) =>
        new(new FileStream(new SafeFileHandle(handle, ownsHandle: false), FileAccess.Write, bufferSize: 0)) { AutoFlush = true };
}
