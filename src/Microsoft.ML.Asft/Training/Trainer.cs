using System.Diagnostics;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Diagnostics;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training.Checkpointing;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>
/// The training loop. The loss of an optimizer step is the mean over all labelled tokens of its global batch, weighted by the weights of
/// their examples. So it does not depend on how the global batch is divided into batches.
/// </summary>
internal sealed class Trainer(
    CausalLanguageModel model, BatchRunner runner, AnchoredHead head, IReferenceModel? reference, ParameterStore parameters,
    ParameterUpdater updater, IReadOnlyList<EncodedExample> examples, BatchPlan plan, int totalSteps, AsftOptions options, int seed)
{
    private readonly LearningRateCurve _curve =
        new(options.Optimizer.Schedule, options.LearningRate, options.Optimizer.WarmupRatio, totalSteps, options.Optimizer.WarmupSteps);

    private readonly IWorkerGroup _workers = options.Runtime.WorkerGroup;
    private readonly DistributedSampler _sampler = DistributedSampler.For(options, examples);

    /// <summary>Gets whether the next batch is made while the device computes. On the CPU it would only take memory earlier. By default it is so on a GPU.</summary>
    public bool PrefetchesBatches { get; init; } = parameters.Values.device_type == TorchSharp.DeviceType.CUDA;

    /// <summary>Gets the number of batches of the last run that were made ahead.</summary>
    public int BatchesMadeAhead { get; private set; }

    /// <summary>Trains from a state to the end. Before each step it validates and saves a checkpoint if that is due.</summary>
    /// <returns>The state at the end.</returns>
    /// <exception cref="AsftInterruptedException">The options' token was cancelled. The parameters are those after the last completed step.</exception>
    /// <exception cref="InvalidOperationException">Loss or gradient was not finite several times in a row, or there was not enough memory.</exception>
    public TrainingState Run(TrainingState state, Validator? validator, RunCheckpoints? checkpoints, Action<AsftProgress> report)
    {
        using var randomState = get_rng_state();
        using var steps = plan.From(state.Step).GetEnumerator();
        steps.MoveNext();
        using var prefetcher = new BatchPrefetcher(BatchOf, Prepare);
        model.train();
        try
        {
            RunLargestBatch(state, prefetcher);
            while (true)
            {
                if (validator?.IsDue(state) == true)
                {
                    state = validator.Validate(state);
                }

                state = state with { IsFinished = state.Step >= totalSteps || validator?.ShouldStopEarly(state) == true };
                if (checkpoints?.IsDue(state) == true)
                {
                    checkpoints.Save(state);
                }

                if (state.IsFinished)
                {
                    BatchesMadeAhead = prefetcher.MadeAhead;
                    return state;
                }

                _workers.ThrowIfCancelled(options.CancellationToken);
                int[][] batches = steps.Current;
                steps.MoveNext();
                var following = state.Step + 1 < totalSteps ? steps.Current : null;
                var progress = Step(batches, following, state, checkpoints, prefetcher);
                state = state with
                {
                    Step = state.Step + 1,
                    Skipped = state.Skipped + (progress.IsSkipped ? 1 : 0),
                    SkippedInARow = progress.IsSkipped ? state.SkippedInARow + 1 : 0,
                };
                report(progress);
            }
        }
        catch (OperationCanceledException e) when (_workers.Size == 1 ? options.CancellationToken.IsCancellationRequested : CollectiveFailure.Is(e))
        {
            throw CollectiveFailure.Mark(new AsftInterruptedException(state.Step, totalSteps, checkpoints?.Save(state), options.CancellationToken));
        }
        catch (Exception e) when (OutOfMemory.IsCause(e))
        {
            throw OutOfMemory.Explain(e, options, state.Step + 1, examples.Max(example => example.InputIds.Length));
        }
        finally
        {
            model.eval();
            set_rng_state(randomState);
        }
    }

    // Runs the step with the largest batch and discards its gradients. This allocates the memory that training needs at most. So the process does
    // not grow later, and a lack of memory shows at the start instead of hours later.
    private void RunLargestBatch(TrainingState state, BatchPrefetcher prefetcher)
    {
        if (state.Step >= totalSteps)
        {
            return;
        }

        AddGradients(plan.Largest(totalSteps), following: null, step: 0, prefetcher);
        parameters.ClearGradients();
    }

    private AsftProgress Step(int[][] batches, int[][]? following, TrainingState state, RunCheckpoints? checkpoints, BatchPrefetcher prefetcher)
    {
        using var activity = AsftActivities.Start(AsftActivities.Step);
        long started = Stopwatch.GetTimestamp();
        double learningRate = _curve.At(state.Step);
        var sums = AddGradients(batches, following, state.Step, prefetcher);
        int labelled = LabelCount(batches);
        double weighted = WeightedLabelCount(batches);
        double norm = parameters.GradientNorm();
        bool isFinite = double.IsFinite(sums.Loss) && double.IsFinite(norm);
        if (isFinite)
        {
            using var update = AsftActivities.Start(AsftActivities.Update);
            double clip = options.Optimizer.MaxGradNorm > 0 ? Math.Min(1, options.Optimizer.MaxGradNorm / (norm + 1e-6)) : 1;
            updater.Step(learningRate, clip);
        }
        else
        {
            if (state.SkippedInARow + 1 >= options.Optimizer.MaxSkippedSteps)
            {
                string? folder = checkpoints?.Save(state with { SkippedInARow = 0 });
                throw CollectiveFailure.Mark(new InvalidOperationException(
                    $"Training cannot continue: the loss or the gradient was not finite {options.Optimizer.MaxSkippedSteps} times in a row. The last was "
                    + NonFiniteStep.Describe(state.Step + 1, batches.SelectMany(rows => rows.Select(row => examples[row])), learningRate, sums.Loss / weighted, norm, parameters)
                    + ". Lower LearningRate, check these rows, or check the model's files for NaN. "
                    + (folder is null ? "Nothing was saved." : $"The last good state is in '{folder}'.")));
            }

            parameters.ClearGradients();
        }

        NativeTuning.ReturnFreeMemory();
        return new AsftProgress
        {
            Step = state.Step + 1,
            TotalSteps = totalSteps,
            Epoch = (state.Step + 1.0) / plan.StepsPerEpoch,
            Loss = sums.Loss / weighted,
            CrossEntropy = sums.CrossEntropy / weighted,
            WeightedCrossEntropy = sums.WeightedCrossEntropy / weighted,
            TokenAccuracy = (double)sums.Correct / labelled,
            Kl = sums.Kl / weighted,
            GradientNorm = norm,
            LearningRate = learningRate,
            Tokens = batches.Sum(rows => rows.Sum(row => examples[row].InputIds.Length)),
            LabelledTokens = labelled,
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
            MemoryBytes = Environment.WorkingSet,
            IsSkipped = !isFinite,
        };
    }

    /// <summary>
    /// Accumulates the gradients of a global batch, a batch at a time: reference, forward pass, head, backward pass. Each worker computes its share
    /// of the rows; then the gradients are summed over the workers.
    /// </summary>
    /// <returns>The sums over the labelled tokens of the global batch, weighted by the weights of their examples.</returns>
    internal LossSums AddGradients(int[][] globalBatch, int step)
    {
        using var prefetcher = new BatchPrefetcher(BatchOf, Prepare);
        return AddGradients(globalBatch, following: null, step, prefetcher);
    }

    // The following global batch is that of the next step; null if there is none.
    private LossSums AddGradients(int[][] globalBatch, int[][]? following, int step, BatchPrefetcher prefetcher)
    {
        double scale = 1 / WeightedLabelCount(globalBatch);
        head.SetStep(step);
        using var stepScope = NewDisposeScope();
        var evaluated = new List<(HeadResult Result, double Weight)>();
        int[][] batches = _sampler.Of(globalBatch);
        for (int i = 0; i < batches.Length; i++)
        {
            // This worker may have fewer batches than others. If the parameters are sharded, a pass needs every worker, so it then runs any row with
            // the weight 0.
            bool isMine = batches[i].Length > 0;
            if (!isMine && !parameters.IsSharded)
            {
                continue;
            }

            int[] rows = isMine ? batches[i] : globalBatch[0][..1];
            using var scope = NewDisposeScope();
            using var batch = prefetcher.Take(step, rows);
            RandomState.Set(seed, step, i, parameters.Values.device);
            var anchor = head.NeedsReference ? reference!.HiddenStates(batch) : null;
            var hidden = runner.Forward(batch);                                   // (N, H)
            var gradients = new List<Tensor>();
            foreach (var (weight, start, lengths) in batch.WeightRuns)            // usually one
            {
                int count = lengths.Sum();
                var result = head.Evaluate(
                    hidden.narrow(0, start, count), model.HeadWeight.detach(), batch.Labels.narrow(0, start, count),
                    anchor is null ? null : (anchor.narrow(0, start, count), reference!.HeadWeight), isMine ? weight * scale : 0,
                    parameters.GradientOf(model.HeadWeight), lengths);
                gradients.Add(result.HiddenGradient!);
                if (isMine)
                {
                    evaluated.Add((result.KeepSums(), weight));
                }
            }

            runner.Backward(gradients is [var only] ? only : cat(gradients, 0), parameters);
            if (PrefetchesBatches && NextOf(batches, i, following) is { Length: > 0 } next)
            {
                prefetcher.Prefetch(i + 1 < batches.Length ? step : step + 1, next);
            }
        }

        parameters.ReduceGradients();
        // Only now, because reading a sum waits for the device.
        return _workers.AllReduce(evaluated.Aggregate(default(LossSums), (total, one) => total + one.Result.Sums.Times(one.Weight)));
    }

    // The rows of this worker's batch after one of a step's batches.
    private int[]? NextOf(int[][] batches, int i, int[][]? following) =>
        i + 1 < batches.Length ? batches[i + 1] : following is null ? null : _sampler.Of(following)[0];

    private TrainingBatch BatchOf(int step, int[] rows) =>
        new([.. rows.Select(row => examples[row])], parameters.Values.device, [.. rows.Select(row => DropoutKey(step, row))]);

    private void Prepare(TrainingBatch batch)
    {
        runner.Prepare(batch);
        if (head.NeedsReference)
        {
            reference!.Prepare(batch);
        }
    }

    private double WeightedLabelCount(int[][] batches) =>
        batches.Sum(rows => rows.Sum(row => examples[row].Weight * TrainingBatch.LabelCount(examples[row])));

    private int LabelCount(int[][] batches) => batches.Sum(rows => rows.Sum(row => TrainingBatch.LabelCount(examples[row])));

    // Dropout depends only on the seed, the step and the example, not on how a step is divided into batches and workers.
    private uint DropoutKey(int step, int row) =>
        DropoutMask.Mix((uint)seed ^ DropoutMask.Mix((uint)step + DropoutMask.Mix((uint)row + 1)));
}
