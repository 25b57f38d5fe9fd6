using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>
/// When a run saves itself, and what it does when it cannot. The first of several workers writes, all read, and all know what came of it.
/// </summary>
internal sealed class RunCheckpoints(
    CheckpointStore store, TrainingCheckpoint content, CheckpointOptions options, int stepsPerEpoch, Action flushLogs, Action<string> warn,
    IWorkerGroup workers)
{
    private int _last;

    /// <summary>Puts the run back to where its last checkpoint was; a new state where there is none.</summary>
    public TrainingState Resume()
    {
        string? latest = null;
        workers.RunOnFirst(() => latest = FindLatest());
        string folder = workers.OfFirst(latest ?? "");
        if (folder.Length == 0)
        {
            return new TrainingState();
        }

        var state = workers.RunOnAll(() => content.Read(Seen(folder), warn));
        _last = state.Step;
        return state;
    }

    /// <summary>Makes room for a run that starts at the beginning.</summary>
    public void Clear() => workers.RunOnFirst(() =>
    {
        store.Sweep();
        store.Prune(keepLast: 0);
    });

    public bool IsDue(TrainingState state) => state.Step > _last
        && (state.IsFinished || state.BestStep == state.Step || state.Step % (options.EverySteps ?? stepsPerEpoch) == 0);

    /// <summary>Saves, unless this state is saved already.</summary>
    /// <returns>The latest checkpoint's folder: an older one when the disk has no room, which the run survives.</returns>
    public string? Save(TrainingState state)
    {
        if (state.Step > _last && workers.Any(workers.Rank == 0 ? TryWrite(state) : Assist()))
        {
            _last = state.Step;
        }

        return _last > 0 ? store.PathOf(_last) : null;
    }

    private bool TryWrite(TrainingState state)
    {
        bool isWritten = false;
        try
        {
            flushLogs();
            store.Save(state.Step, folder => content.Write(folder, state));
            isWritten = true;
            store.Prune(options.KeepLast, state.BestStep);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            int last = isWritten ? state.Step : _last;
            warn($"Step {state.Step} could not be saved; {(last > 0 ? $"the checkpoint of step {last} stays" : "there is no checkpoint yet")}, "
                + $"and the run continues. Make room in '{store.Folder}'. {e.Message}");
        }
        finally
        {
            content.EndAssistance();
        }

        return isWritten;
    }

    private bool Assist()
    {
        content.Assist();
        return false;
    }

    /// <summary>Puts the weights of the best measurement back.</summary>
    public void RestoreBest(TrainingState state)
    {
        if (state.BestStep is not { } best || best == state.Step)
        {
            return;
        }

        string folder = store.PathOf(best);
        string problem = workers.OfFirst(workers.Rank == 0 ? CheckpointManifest.Verify(folder) ?? "" : "");
        if (problem.Length > 0)
        {
            warn($"The best checkpoint '{folder}' cannot be used, and the model is that of the last step: {problem}.");
            return;
        }

        workers.RunOnAll(() => content.ReadWeights(Seen(folder)));
    }

    private string? FindLatest()
    {
        store.Sweep();
        return store.FindLatest();
    }

    private string Seen(string folder) => Directory.Exists(folder) ? folder : throw new DirectoryNotFoundException(
        $"worker {workers.Rank} does not see '{folder}', which the first worker wrote. The output folder must be one that every worker sees under the same name.");
}
