using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Scoring;

/// <summary>
/// Computes log-probabilities of tokens under a model, and its divergence from a reference. Build your own evaluations with it.
/// </summary>
/// <remarks>
/// Each call is one batch: examples of similar length in one call cost the least. A call waits while another thread uses the model. Several workers score
/// different batches and exchange the results with <see cref="Training.Distributed.WorkerGroupExtensions.AllGatherObject"/>. Dispose it before
/// the model.
/// </remarks>
public sealed class ModelScorer : IDisposable
{
    // A batch with a very long row goes through the model in pieces, because attention's memory grows with the square of the longest row's length, for every row.
    private const int MaxTokensPerPass = 8192;

    // The logits of all rows may not fit into memory, so this many are computed at a time.
    private const long MaxLogits = 1 << 24;

    private readonly AsftTransformer _model;
    private readonly AsftTransformer? _referenceTransformer;
    private readonly BatchRunner _runner;
    private IReferenceModel? _reference;

    /// <summary>Creates a scorer.</summary>
    /// <param name="model">The model. The caller still owns it.</param>
    /// <param name="reference">
    /// The reference, which the caller still owns. If <see langword="null"/>, the model before fine-tuning: with its adapters off, or loaded from its folder
    /// by the first call of <see cref="Compare"/>.
    /// </param>
    /// <exception cref="ArgumentException">The reference has another vocabulary.</exception>
    public ModelScorer(AsftTransformer model, AsftTransformer? reference = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _referenceTransformer) = (model, reference);
        VocabularySize = (int)model.Model.HeadWeight.shape[0];
        if (reference is not null && reference.Model.HeadWeight.shape[0] != VocabularySize)
        {
            throw new ArgumentException(
                $"The reference has a vocabulary of {reference.Model.HeadWeight.shape[0]} tokens and the model one of {VocabularySize}; "
                + "a divergence needs one vocabulary.", nameof(reference));
        }

        _runner = model.Use(loaded =>
        {
            loaded.Model.eval();
            return BatchRunner.For(loaded.Model, recompute: true);
        });
    }

    /// <summary>Gets the number of tokens that the model gives a probability to.</summary>
    public int VocabularySize { get; }

    /// <summary>Computes the log-probability of every token after each prompt.</summary>
    /// <param name="prompts">The prompts' tokens, at least one each.</param>
    /// <returns>The log-probabilities in nats, float32 (B, V), to be disposed.</returns>
    /// <exception cref="ArgumentException">There is no prompt, a prompt is empty, or a token is beyond the vocabulary.</exception>
    public Tensor NextTokenLogProbabilities(IReadOnlyList<IReadOnlyList<int>> prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);

        // Any label after the prompt marks the position that predicts it.
        EncodedExample[] examples =
            [.. prompts.Select(ids => new EncodedExample([.. ids, 0], [.. ids.Select(_ => EncodedExample.IgnoreIndex), 0]))];
        Check(examples);
        return _model.Use(loaded =>
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var hidden = Passes(examples).Select(pass =>
            {
                using var batch = new TrainingBatch(pass, loaded.Model.HeadWeight.device);
                return _runner.HiddenStates(batch);
            });
            return NextToken.LogProbabilities(cat([.. hidden], 0), loaded.Model.HeadWeight, loaded.Model.LogitTransform).MoveToOuterDisposeScope();
        });
    }

    /// <summary>Scores the labels of examples.</summary>
    /// <param name="examples">The examples, each with a label behind its first token.</param>
    /// <returns>The scores, in the order of the examples.</returns>
    /// <exception cref="ArgumentException">There is no example, one has no label, or a token is beyond the vocabulary.</exception>
    public IReadOnlyList<ExampleScore> Score(IReadOnlyList<EncodedExample> examples)
    {
        Check(examples);
        return _model.Use(loaded =>
            Passes(examples).SelectMany(pass => Run(loaded.Model, pass, reference: null, default)).Select(compared => compared.Score).ToArray());
    }

    /// <summary>Scores the labels of examples under the model and its reference.</summary>
    /// <param name="examples">The examples, each with a label behind its first token.</param>
    /// <param name="direction">The direction of the divergence: by default KL(reference‖model).</param>
    /// <returns>The comparisons, in the order of the examples.</returns>
    /// <exception cref="ArgumentException">There is no example, one has no label, or a token is beyond the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">There is no reference: the model was made in code, and all its parameters were trained.</exception>
    public IReadOnlyList<ExampleComparison> Compare(IReadOnlyList<EncodedExample> examples, KlDirection direction = KlDirection.Forward)
    {
        Check(examples);
        return _model.Use(loaded => _referenceTransformer is null ? All(loaded) : _referenceTransformer.Use(_ => All(loaded)));

        ExampleComparison[] All(LoadedModel loaded)
        {
            _reference ??= _referenceTransformer is null
                ? ReferenceModelFactory.For(loaded, _runner, _model.Options)
                : new FrozenReference(_referenceTransformer.Model, leaveOpen: true);
            return [.. Passes(examples).SelectMany(pass => Run(loaded.Model, pass, _reference, direction))];
        }
    }

    /// <summary>Frees the scorer's own memory, but not the models.</summary>
    public void Dispose()
    {
        _reference?.Dispose();
        _runner.Dispose();
    }

    private static IEnumerable<EncodedExample[]> Passes(IReadOnlyList<EncodedExample> examples)
    {
        int start = 0;
        while (start < examples.Count)
        {
            int longest = 0;
            int end = start;
            while (end < examples.Count
                && (end == start || (end + 1 - start) * Math.Max(longest, examples[end].InputIds.Length) <= MaxTokensPerPass))
            {
                longest = Math.Max(longest, examples[end++].InputIds.Length);
            }

            yield return [.. examples.Skip(start).Take(end - start)];
            start = end;
        }
    }

    private static float[] Values(Tensor tensor) => tensor.to_type(ScalarType.Float32).cpu().data<float>().ToArray();

    // What libtorch would answer with the end of the process.
    private void Check(IReadOnlyList<EncodedExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        if (examples.Count == 0)
        {
            throw new ArgumentException("There is nothing to score.", nameof(examples));
        }

        for (int i = 0; i < examples.Count; i++)
        {
            var example = examples[i];
            if (!example.Labels.Skip(1).Any(label => label != EncodedExample.IgnoreIndex))
            {
                throw new ArgumentException($"Example {i} has no label behind its first token, so there is nothing to score.", nameof(examples));
            }

            foreach (int id in example.InputIds.Concat(example.Labels.Skip(1).Where(label => label != EncodedExample.IgnoreIndex)))
            {
                if (id < 0 || id >= VocabularySize)
                {
                    throw new ArgumentException(
                        $"Example {i} has token {id}; the model has tokens 0 to {VocabularySize - 1}. Use the model's own tokenizer.", nameof(examples));
                }
            }
        }
    }

    private IEnumerable<ExampleComparison> Run(CausalLanguageModel model, EncodedExample[] examples, IReferenceModel? reference, KlDirection direction)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var batch = new TrainingBatch(examples, model.HeadWeight.device);
        var hidden = _runner.HiddenStates(batch);                                                     // (N, H)
        var referenceHidden = reference?.HiddenStates(batch);                                         // (N, H)
        var (own, likeliest, other, kl) = (new List<float>(), new List<bool>(), new List<float>(), new List<float>());
        long rows = batch.Labels.shape[0];
        long chunk = Math.Max(1, MaxLogits / VocabularySize);
        for (long start = 0; start < rows; start += chunk)
        {
            using var chunkScope = NewDisposeScope();
            long count = Math.Min(chunk, rows - start);
            var labels = batch.Labels.narrow(0, start, count);
            var logP = NextToken.LogProbabilities(hidden.narrow(0, start, count), model.HeadWeight, model.LogitTransform);   // (R, V)
            own.AddRange(Values(logP.gather(1, labels.unsqueeze(1)).squeeze(1)));
            likeliest.AddRange(Values(logP.argmax(1).eq(labels)).Select(value => value != 0));
            if (reference is not null)
            {
                var logQ = NextToken.LogProbabilities(
                    referenceHidden!.narrow(0, start, count), reference.HeadWeight, reference.LogitTransform);               // (R, V)
                other.AddRange(Values(logQ.gather(1, labels.unsqueeze(1)).squeeze(1)));
                kl.AddRange(Values(direction == KlDirection.Forward
                    ? logQ.exp().mul(logQ.sub(logP)).sum(1) : logP.exp().mul(logP.sub(logQ)).sum(1)));
            }
        }

        int at = 0;
        return
        [
            .. examples.Select(example =>
            {
                var range = at..(at += TrainingBatch.LabelCount(example));
                return new ExampleComparison(
                    new ExampleScore(own[range], likeliest[range]), reference is null ? [] : other[range], reference is null ? [] : kl[range]);
            }),
        ];
    }
}
