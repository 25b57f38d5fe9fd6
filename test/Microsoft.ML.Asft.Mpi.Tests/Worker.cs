using TorchSharp;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>What a worker that <c>mpirun</c> started does: the task that the first argument names.</summary>
internal static class Worker
{
    /// <summary>What stands between the arguments of trainings that follow each other.</summary>
    public const string Next = "--next";

    public static int Main(string[] args)
    {
        torch.set_num_threads(1);
        var training = new TrainingTask([.. args.Skip(1)]);
        using var workers = MpiWorkers.Start(training.Limits);
        switch (args)
        {
            case ["operations"]:
                Operations.Check(workers);
                return 0;
            case ["equality", var model, var results]:
                EqualityCases.Numbers.Write(Path.Combine(results, $"worker-{workers.Rank}.json"), EqualityCases.Run(model, workers));
                return 0;
            case ["train", ..]:
                return Split(args.Skip(1)).Select(task => new TrainingTask(task).Run(workers)).ToArray().Max();
            default:
                workers.Abort($"there is no task '{string.Join(' ', args)}'");
                return 1;
        }
    }

    // Several trainings, one after the other, cost the start of one.
    private static IEnumerable<string[]> Split(IEnumerable<string> arguments)
    {
        var task = new List<string>();
        foreach (string argument in arguments)
        {
            if (argument == Next)
            {
                yield return [.. task];
                task.Clear();
            }
            else
            {
                task.Add(argument);
            }
        }

        yield return [.. task];
    }
}
