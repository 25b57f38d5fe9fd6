using System.CommandLine;
using System.Runtime.CompilerServices;
using Microsoft.ML.Asft.Mpi;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>The option that chooses who runs a command: this process, or several workers.</summary>
internal sealed class WorkersOption
{
    private readonly Option<string?> _workers = new("--workers")
    {
        HelpName = "mpi",
        Description = "Divide the work among the processes that mpirun started with this command line.",
    };

    private readonly Option<int?> _threads;

    /// <summary>Adds the option to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="threads">The option with the number of threads of each worker.</param>
    /// <param name="data">The options that must name files. Standard input is not possible: only the first worker has it.</param>
    public WorkersOption(System.CommandLine.Command command, Option<int?> threads, params Option[] data)
    {
        _threads = threads;
        _workers.AcceptOnlyFromAmong("mpi");
        command.Add(_workers);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_workers) is not null
                && data.FirstOrDefault(d => result.GetResult(d)?.Tokens.Any(t => t.Value == InputRows.StandardInput) ?? false) is { } wrong)
            {
                result.AddError($"{wrong.Name} is standard input, which only the first worker has. Name a file that all workers can read.");
            }
        });
    }

    /// <summary>Gets the option itself.</summary>
    public Option<string?> Option => _workers;

    /// <summary>Runs a command with the workers that the command line asks for.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="work">The command, given the workers; <see langword="null"/> for this process alone.</param>
    public void Run(ParseResult parse, Action<IWorkerGroup?> work)
    {
        if (parse.GetValue(_workers) is null)
        {
            parse.ApplyThreads(_threads, Environment.ProcessorCount);
            work(null);
        }
        else
        {
            RunByMpi(parse, work);
        }
    }

    // A separate method, so that MPI is not loaded earlier.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RunByMpi(ParseResult parse, Action<IWorkerGroup?> work)
    {
        using var workers = MpiWorkers.Start();
        parse.ApplyThreads(_threads, workers.ProcessorCount);
        workers.AbortOnFailure(() =>
        {
            work(workers);
            return true;
        });
    }
}
