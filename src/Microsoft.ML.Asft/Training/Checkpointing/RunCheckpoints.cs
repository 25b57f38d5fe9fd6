using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>
/// Decides when a run saves a checkpoint, and what happens if that fails. With several workers the first one writes, all read, and all get the same
/// result.
/// </summary>
internal sealed class RunCheckpoints(
    CheckpointStore store, TrainingCheckpoint content, CheckpointOptions options, int stepsPerEpoch, Action flushLogs, Action<string> warn,
    IWorkerGroup workers)
{
    private int _last;

    /// <summary>Loads the latest checkpoint. Returns a new state if there is none.</summary>
    public TrainingState Resume()
    {
        string? latest = null;
        workers.RunOnFirst(() => latest = FindLatest());
        string folder = workers.OfFirst(latest ?? "");
        if (folder.Length == 0)
        {
            return new TrainingState();
        }

        var state = workers.RunOnAll(() => content.Read(RequireVisible(folder), warn));
        _last = state.Step;
        return state;
    }

    /// <summary>Deletes all checkpoints, for a run that starts at the beginning.</summary>
    public void Clear() => workers.RunOnFirst(() =>
    {
        store.DeleteUnfinished();
        store.Prune(keepLast: 0);
    });

    public bool IsDue(TrainingState state) => state.Step > _last
        && (state.IsFinished || state.BestStep == state.Step || state.Step % (options.EverySteps ?? stepsPerEpoch) == 0);

    /// <summary>Saves a checkpoint, unless this state was saved already. If that fails, it warns and the run continues.</summary>
    /// <returns>The folder of the latest checkpoint, which is an older one if this one could not be saved; <see langword="null"/> if there is none.</returns>
    public string? Save(TrainingState state)
    {
        if (state.Step > _last && workers.Any(workers.Rank == 0 ? TryWrite(state) : ServeReads()))
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
            warn($"Step {state.Step} could not be saved, but the run continues. "
                + $"{(last > 0 ? $"The latest checkpoint is that of step {last}" : "There is no checkpoint yet")}. Make room in '{store.Folder}'. {e.Message}");
        }
        finally
        {
            content.EndRootReads();
        }

        return isWritten;
    }

    private bool ServeReads()
    {
        content.ServeReads();
        return false;
    }

    /// <summary>Loads the weights of the checkpoint with the best validation result.</summary>
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
            warn($"The best checkpoint '{folder}' cannot be used, so the model is that of the last step: {problem}.");
            return;
        }

        workers.RunOnAll(() => content.ReadWeights(RequireVisible(folder)));
    }

    private string? FindLatest()
    {
        store.DeleteUnfinished();
        return store.FindLatest();
    }

    private string RequireVisible(string folder) => Directory.Exists(folder) ? folder : throw new DirectoryNotFoundException(
        $"worker {workers.Rank} does not see '{folder}', which the first worker wrote. Every worker must see the output folder under the same name.");
}
