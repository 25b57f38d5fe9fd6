namespace Microsoft.ML.Asft.Training;

/// <summary>When a run saves itself, and what it does when it cannot.</summary>
internal sealed class RunCheckpoints(
    CheckpointStore store, TrainingCheckpoint content, CheckpointOptions options, int stepsPerEpoch, Action flushLogs, Action<string> warn)
{
    private int _last;

    /// <summary>Puts the run back to where its last checkpoint was; a new state where there is none.</summary>
    public TrainingState Resume()
    {
        store.Sweep();
        if (store.FindLatest() is not { } folder)
        {
            return new TrainingState();
        }

        var state = content.Read(folder, warn);
        _last = state.Step;
        return state;
    }

    /// <summary>Makes room for a run that starts at the beginning.</summary>
    public void Clear()
    {
        store.Sweep();
        store.Prune(keepLast: 0);
    }

    public bool IsDue(TrainingState state) => state.Step > _last
        && (state.IsFinished || state.BestStep == state.Step || state.Step % (options.EverySteps ?? stepsPerEpoch) == 0);

    /// <summary>Saves, unless this state is saved already.</summary>
    /// <returns>The latest checkpoint's folder: an older one when the disk has no room, which the run survives.</returns>
    public string? Save(TrainingState state)
    {
        if (state.Step > _last)
        {
            try
            {
                flushLogs();
                store.Save(state.Step, folder => content.Write(folder, state));
                _last = state.Step;
                store.Prune(options.KeepLast, state.BestStep);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                warn($"Step {state.Step} could not be saved; {(_last > 0 ? $"the checkpoint of step {_last} stays" : "there is no checkpoint yet")}, "
                    + $"and the run goes on. Make room in '{store.Folder}'. {e.Message}");
            }
        }

        return _last > 0 ? store.PathOf(_last) : null;
    }

    /// <summary>Puts the weights of the best measurement back.</summary>
    public void RestoreBest(TrainingState state)
    {
        if (state.BestStep is not { } best || best == state.Step)
        {
            return;
        }

        string folder = store.PathOf(best);
        if (CheckpointManifest.Verify(folder) is { } problem)
        {
            warn($"The best checkpoint '{folder}' cannot be used, and the model is that of the last step: {problem}.");
            return;
        }

        content.ReadWeights(folder);
    }
}
