using System.CommandLine;
using System.Runtime.CompilerServices;
using Microsoft.ML.Asft.Mpi;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>The option that says who computes a command: this process, or several workers.</summary>
internal sealed class WorkersOption
{
    private readonly Option<string?> _workers = new("--workers")
    {
        HelpName = "mpi",
        Description = "Divide the work among the processes that mpirun started, each with this same command line.",
    };

    private readonly Option<int?> _threads;

    /// <summary>Adds the option to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="threads">With how many threads each computes.</param>
    /// <param name="data">What must be a file that every worker sees, and not standard input, which the first alone has.</param>
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
                result.AddError($"{wrong.Name} is standard input, which only the first of several workers has; name a file that all of them see.");
            }
        });
    }

    /// <summary>Gets the option itself.</summary>
    public Option<string?> Option => _workers;

    /// <summary>Runs a command by the workers that are asked for.</summary>
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

    // Of its own, so that nothing of MPI is loaded before.
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
