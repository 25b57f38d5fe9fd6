using TorchSharp;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>What a worker that <c>mpirun</c> started does: the task that the first argument names.</summary>
internal static class Worker
{
    public static int Main(string[] args)
    {
        torch.set_num_threads(1);
        using var workers = MpiWorkers.Start();
        switch (args)
        {
            case ["operations"]:
                Operations.Check(workers);
                break;
            case ["equality", var model, var results]:
                EqualityCases.Numbers.Write(Path.Combine(results, $"worker-{workers.Rank}.json"), EqualityCases.Run(model, workers));
                break;
            default:
                workers.Abort($"there is no task '{string.Join(' ', args)}'");
                break;
        }

        return 0;
    }
}
