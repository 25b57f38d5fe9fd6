using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>Computes the losses of all objectives on demonstrations, with one forward pass of the model and one of its reference.</summary>
/// <param name="loaded">The model.</param>
/// <param name="options">The batch size, the anchor and the cancellation token.</param>
/// <param name="workers">The workers that share the work; <see langword="null"/> for this process alone.</param>
internal sealed class ModelEvaluator(LoadedModel loaded, AsftOptions options, IWorkerGroup? workers = null)
{
    private readonly IWorkerGroup _workers = workers ?? SingleWorker.Instance;

    public AsftMetrics Evaluate(IReadOnlyList<EncodedExample> examples)
    {
        using var runner = BatchRunner.For(loaded.Model, recompute: true);
        using var reference = ReferenceModelFactory.For(loaded, runner, options);
        return Evaluate(examples, runner, reference);
    }

    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public AsftMetrics Evaluate(IReadOnlyList<EncodedExample> examples, BatchRunner runner, IReferenceModel reference)
    {
        // λ must be above 0 so that the KL divergence is computed. The sums that are used here do not depend on its value.
        using var head = new AnchoredHead(
            AnchoredObjective.For(AsftObjective.Asft, klWeight: 1, options.Loss.KlDirection), loaded.Model.LogitTransform);
        var builtIn = options.Loss.TokenObjective is null ? AnchoredObjective.For(options) : null;
        using var ownHead = builtIn?.LossOf(default) is not null
            ? null : new AnchoredHead(options.Loss.TokenObjective ?? builtIn!, loaded.Model.LogitTransform);
        (var sums, double loss, long tokens) = (default(LossSums), 0.0, 0L);
        bool training = loaded.Model.training;
        loaded.Model.eval();
        bool needsAllWorkers = loaded.Model is ILayeredModel { LayerWeights: not null };
        // Worker r of N takes batches r, r + N, r + 2N, …
        foreach (var round in examples.OrderBy(e => e.InputIds.Length).Chunk(options.BatchSize).Chunk(_workers.Size))
        {
            _workers.ThrowIfCancelled(options.CancellationToken);
            // If layers' weights are sharded, a pass needs every worker. A worker without a batch then runs the first one and ignores the result.
            bool isMine = _workers.Rank < round.Length;
            if ((isMine ? round[_workers.Rank] : needsAllWorkers ? round[0] : null) is not { } rows)
            {
                continue;
            }

            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            using var batch = new TrainingBatch(rows, loaded.Model.HeadWeight.device);
            var anchor = (reference.HiddenStates(batch), reference.HeadWeight);
            var hidden = runner.HiddenStates(batch);
            if (!isMine)
            {
                continue;
            }

            sums += head.Evaluate(hidden, loaded.Model.HeadWeight, batch.Labels, anchor, gradientScale: null).Sums;
            loss += ownHead?.Evaluate(
                hidden, loaded.Model.HeadWeight, batch.Labels, ownHead.NeedsReference ? anchor : null, gradientScale: null,
                sequenceLengths: batch.LabelCounts).Sums.Loss ?? 0;
            tokens += batch.Labels.numel();
        }

        loaded.Model.train(training);
        sums = _workers.AllReduce(sums);
        double[] rest = [loss, tokens];
        _workers.AllReduce(rest);
        (loss, tokens) = (rest[0], (long)rest[1]);
        (double sft, double dft, double divergence) = (sums.CrossEntropy / tokens, sums.WeightedCrossEntropy / tokens, sums.Kl / tokens);
        double anchored = options.KlWeight * divergence;
        return new AsftMetrics
        {
            Tokens = tokens,
            Kl = divergence,
            Sft = sft,
            Dft = dft,
            SftKl = sft + anchored,
            Asft = dft + anchored,
            TokenAccuracy = (double)sums.Correct / tokens,
            Loss = (ownHead is null ? builtIn!.LossOf(sums)!.Value : loss) / tokens,
        };
    }
}
