using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training.Checkpointing;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Asft.Training.Optimization;
using Microsoft.ML.Asft.Training.Reporting;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Asft.Training;

/// <summary>Runs one fit, from encoded examples to trained parameters. It can resume a run that was stopped.</summary>
internal sealed class FineTuning(IChannel channel, AsftOptions options, LoadedModel loaded, int seed)
{
    private const string CheckpointsFolder = "checkpoints";

    private readonly IWorkerGroup _workers = options.Runtime.WorkerGroup;
    private readonly RunLogger _log = new(channel, options.Reporting.Logger, options.Runtime.WorkerGroup);
    private TensorBoardLog? _tensorBoard;

    /// <summary>Trains the model.</summary>
    /// <param name="training">The training examples.</param>
    /// <param name="validation">The validation examples; <see langword="null"/> for no validation.</param>
    /// <param name="complete">Completes conversations with the model in its current state, for the report.</param>
    /// <returns>The results of each step and of each validation.</returns>
    public (IReadOnlyList<AsftProgress> Steps, IReadOnlyList<AsftValidation> Validations) Run(
        ExampleSet training, ExampleSet? validation, Func<IReadOnlyList<Conversation>, IReadOnlyList<string>> complete)
    {
        var examples = training.Examples;
        bool isFirst = _workers.Rank == 0;   // the first worker writes files and reports for all workers
        var report = options.OutputFolder is null || !isFirst ? null : new RunReport(options, training, validation, complete);
        var objective = options.Loss.TokenObjective ?? AnchoredObjective.For(options);
        using var runner = BatchRunner.For(loaded.Model, options);
        var plan = new BatchPlan(examples.Select(e => e.InputIds.Length), options.BatchSize, options.Batches.GlobalBatchSize, options.Batches.Order, seed);
        int totalSteps = BatchPlan.TotalSteps(options, examples.Count);
        var trained = TrainedParameters.Of(loaded, options.FrozenModules).ToArray();
        var identity = RunIdentity.Of(options, loaded, FlatParameters.LayoutOf(trained), examples, seed, totalSteps);
        WorkerConsistency.Check(_workers, options, identity, trained, loaded, validation);
        bool headIsTrained = trained.Any(p => ReferenceEquals(p.Parameter, loaded.Model.HeadWeight));
        using var reference = objective.NeedsReference || validation is not null
            ? PrepareReference(runner, headIsTrained, objective.NeedsReference ? examples : [], plan, totalSteps, validation)
            : null;
        using var parameters = ParameterStore.For(loaded, trained, options);
        using var updater = new ParameterUpdater(parameters, options.Optimizer);

        using var steps = new RunLog<AsftProgress>(PathOf(options, "training_log.jsonl"), _log.Warning, writes: isFirst);
        using var validations = new RunLog<AsftValidation>(PathOf(options, "validation_log.jsonl"), _log.Warning, writes: isFirst);
        _tensorBoard = isFirst && options.Reporting.TensorBoardFolder is { } folder ? new TensorBoardLog(folder, _log.Warning) : null;
        var validator = validation is null ? null : new Validator(
            loaded, runner, reference!, options, validation.Examples, plan.StepsPerEpoch, totalSteps, measured => Report(measured, validations));
        var checkpoints = StoreOf(options, _log.Warning) is not { } store ? null : new RunCheckpoints(
            store, new TrainingCheckpoint(loaded, parameters, updater, identity), options.Checkpoints, plan.StepsPerEpoch, () => Flush(steps, validations), _log.Warning, _workers);

        var state = Begin(checkpoints, steps, validations);
        _tensorBoard?.Begin(steps.Entries, validations.Entries);
        if (loaded.Format is { } format)
        {
            _log.Information(format.Describe(loaded.Model.HeadWeight.device_type));
        }

        _log.Information(string.Create(
            CultureInfo.InvariantCulture,
            $"Fine-tuning {parameters.Count:N0} parameters on {examples.Count:N0} examples, from step {state.Step} to {totalSteps}."));
        using var head = new AnchoredHead(objective, loaded.Model.LogitTransform);
        var trainer = new Trainer(
            loaded.Model, runner, head, reference, parameters, updater, examples, plan, totalSteps, options, seed);
        string outcome = "";
        try
        {
            state = trainer.Run(state, validator, checkpoints, progress => Report(progress, steps));
            outcome = state.Step == totalSteps ? $"All {totalSteps} steps were done."
                : $"Stopped early after step {state.Step} of {totalSteps}: the best validation result was after step {state.BestStep}.";
            _log.Information(outcome);
            if (options.Validation.RestoreBest)
            {
                checkpoints?.RestoreBest(state);
            }

            updater.Dispose();     // frees the optimizer's state first: Complete may need that memory
            parameters.Complete();
            report?.CompleteAfter();
        }
        catch (Exception e)
        {
            outcome = e.Message;
            throw;
        }
        finally
        {
            if (steps.Entries.Count > 0)
            {
                WriteReport(() => report?.Write(outcome, identity, steps.Entries, validations.Entries));
            }
        }

        return (steps.Entries, validations.Entries);
    }

    /// <summary>Checks, before anything is loaded, that the output folder does not contain an unfinished run that this run would overwrite.</summary>
    /// <exception cref="InvalidOperationException">There is an unfinished run, and the options do not say to resume it.</exception>
    public static void CheckOutput(AsftOptions options)
    {
        if (options.Checkpoints.Resume || options.Runtime.WorkerGroup.Rank > 0 || StoreOf(options, _ => { })?.FindLatest() is not { } latest)
        {
            return;
        }

        var state = TrainingCheckpoint.ReadState(latest);
        if (!state.IsFinished)
        {
            throw new InvalidOperationException(
                $"'{options.OutputFolder}' contains a run that was stopped after step {state.Step}. Resume it, delete "
                + $"'{Path.GetDirectoryName(latest)}' to start again, or choose another output folder.");
        }
    }

    private IReferenceModel PrepareReference(
        BatchRunner runner, bool headIsTrained, IReadOnlyList<EncodedExample> examples, BatchPlan plan, int totalSteps,
        ExampleSet? validation)
    {
        bool isRepeated = totalSteps > plan.StepsPerEpoch || examples.Count == 0;
        // If a run visits every row, the cache has the data's order, so that the run can use the file of a diagnosis or of another run.
        var visited = totalSteps >= plan.StepsPerEpoch || examples.Count == 0
            ? examples
            : plan.Epoch(0).Take(totalSteps).SelectMany(step => step.SelectMany(rows => rows.Select(row => examples[row])));
        long started = Stopwatch.GetTimestamp();
        var reference = ReferenceModelFactory.ForTraining(
            loaded, runner, options, [.. visited], validation?.Examples ?? [], isRepeated, headIsTrained);
        if (reference is CachedReference)
        {
            _log.Information(string.Create(
                CultureInfo.InvariantCulture,
                $"The reference's hidden states were computed in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s."));
        }

        return reference;
    }

    private static CheckpointStore? StoreOf(AsftOptions options, Action<string> warn) =>
        PathOf(options, CheckpointsFolder) is { } folder ? new CheckpointStore(folder, warn) : null;

    private static string? PathOf(AsftOptions options, string name) =>
        options.OutputFolder is { } folder ? Path.Combine(folder, name) : null;

    private static void Flush(RunLog<AsftProgress> steps, RunLog<AsftValidation> validations)
    {
        steps.Flush();
        validations.Flush();
    }

    // A full disk must not fail a run that succeeded, and must not hide the error of a run that failed.
    private void WriteReport(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Warning($"report.html could not be written: {e.Message}");
        }
    }

    private TrainingState Begin(RunCheckpoints? checkpoints, RunLog<AsftProgress> steps, RunLog<AsftValidation> validations)
    {
        if (!options.Checkpoints.Resume)
        {
            checkpoints?.Clear();
            steps.Discard();
            validations.Discard();
            return new TrainingState();
        }

        var state = checkpoints?.Resume() ?? new TrainingState();
        steps.Restore(step => step.Step <= state.Step);
        validations.Restore(measured => measured.Step <= state.ValidatedStep);
        return state;
    }

    private void Report(AsftProgress step, RunLog<AsftProgress> log)
    {
        log.Add(step);
        _tensorBoard?.Add(step);
        if (step.IsSkipped)
        {
            _log.Warning(string.Create(
                CultureInfo.InvariantCulture,
                $"Step {step.Step} was skipped: its loss is {step.Loss} and its gradient norm is {step.GradientNorm}. "
                + $"The learning rate is {step.LearningRate:G4}."));
        }
        else
        {
            _log.Debug(string.Create(
                CultureInfo.InvariantCulture,
                $"Step {step.Step}/{step.TotalSteps}: loss {step.Loss:F4}, cross-entropy {step.CrossEntropy:F4}, KL {step.Kl:F4}, "
                + $"gradient norm {step.GradientNorm:F3}, {step.Tokens / step.Seconds:F0} tokens/s"));
        }

        if (_workers.Rank == 0)
        {
            options.Reporting.Progress?.Report(step);
        }
    }

    private void Report(AsftValidation measured, RunLog<AsftValidation> log)
    {
        log.Add(measured);
        _tensorBoard?.Add(measured);
        _log.Information(string.Create(
            CultureInfo.InvariantCulture,
            $"After step {measured.Step}, on the validation rows: loss {measured.Loss:F4}, cross-entropy {measured.CrossEntropy:F4}, perplexity "
            + $"{measured.Perplexity:F2}, token accuracy {measured.TokenAccuracy:P1}, KL {measured.Kl:F4}{(measured.IsBest ? ", the best so far" : "")}"));
        if (_workers.Rank == 0)
        {
            options.Reporting.ValidationProgress?.Report(measured);
        }
    }
}
