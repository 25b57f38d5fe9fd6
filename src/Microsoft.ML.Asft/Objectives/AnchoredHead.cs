using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// From the hidden states of labelled tokens to the loss and its gradient, a chunk of tokens at a time: logits, upcast,
/// log-softmax, the objective's closed-form gradient in place, and back through the head. No tensor of tokens ×
/// vocabulary outlives its chunk and no graph is recorded. Mathematics is float32 whatever the model's format.
/// </summary>
internal sealed class AnchoredHead : IDisposable
{
    /// <summary>Bytes that a chunk may take unless another number is given.</summary>
    public const long DefaultMemoryBudget = 64L << 20;

    // By operators, three float32 tensors of (rows, V) live at once: log p, log q and q.
    private const int LiveTensors = 3;

    private readonly TokenObjective _final;
    private readonly long _memoryBudget;
    private readonly LogitTransform _transform;
    private TokenObjective _objective;
    private RowBuffer? _logits;         // taken once: memory of changing size, taken at every step, would leave gaps

    /// <param name="objective">The loss.</param>
    /// <param name="transform">How the model and its reference change logits; not at all if <see langword="null"/>.</param>
    /// <param name="memoryBudget">Bytes that a chunk may take. The results do not depend on it beyond rounding.</param>
    public AnchoredHead(TokenObjective objective, LogitTransform? transform = null, long memoryBudget = DefaultMemoryBudget)
    {
        _objective = _final = objective;
        _transform = transform ?? LogitTransform.None;
        _memoryBudget = memoryBudget;
    }

    public bool NeedsReference => _objective.NeedsReference;

    /// <summary>Takes the objective of an optimizer step for what is evaluated next.</summary>
    /// <param name="step">Steps done before, from 0.</param>
    public void SetStep(int step) => _objective = _final.AtStep(step);

    /// <summary>Evaluates the objective.</summary>
    /// <param name="hidden">Hidden states at labelled positions, (N, H).</param>
    /// <param name="head">The head's weight, (V, H).</param>
    /// <param name="labels">int64, (N).</param>
    /// <param name="reference">The reference's hidden states at the same positions and its head; none unless needed.</param>
    /// <param name="gradientScale">
    /// What the gradient is multiplied by, 1 / labelled tokens of the global batch; <see langword="null"/> to evaluate only.
    /// </param>
    /// <param name="headGradient">Where a trained head's gradient is added up, float32 (V, H); none for a frozen head.</param>
    /// <param name="sequenceLengths">How many of the labels each sequence has, in their order; none unless the objective needs sequences.</param>
    public HeadResult Evaluate(
        Tensor hidden, Tensor head, Tensor labels, (Tensor Hidden, Tensor Head)? reference, double? gradientScale,
        Tensor? headGradient = null, IReadOnlyList<int>? sequenceLengths = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long tokens = hidden.shape[0];
        var fused = AnchoredRows.For(_objective, hidden);
        int more = _transform.NeedsLogits ? 1 : 0;
        long bytesPerRow = head.shape[0] * (fused is null ? (LiveTensors + more) * sizeof(float) : (2 + more) * hidden.ElementSize);
        long rows = Math.Clamp(_memoryBudget / bytesPerRow, 1, Math.Max(1, tokens));
        var gradient = gradientScale is null ? null : empty_like(hidden);
        var logits = fused is null ? null : (_logits ??= new RowBuffer(head.shape[0], hidden.dtype)).Rows((2 + more) * rows);
        long[] allLabels = fused is null ? [] : labels.data<long>().ToArray();
        var weights = _objective.NeedsSequences ? Weigh() : null;                 // (N)
        float[] allWeights = fused is null || weights is null ? [] : [.. weights.to_type(ScalarType.Float32).data<float>()];
        var sums = default(LossSums);
        for (long start = 0; start < tokens; start += rows)
        {
            using var chunkScope = NewDisposeScope();
            long count = Math.Min(rows, tokens - start);
            var h = hidden.narrow(0, start, count);
            var anchor = reference is { } r ? (r.Hidden.narrow(0, start, count), r.Head) : ((Tensor Hidden, Tensor Head)?)null;
            Tensor logitsGradient;
            if (fused is not null)
            {
                logitsGradient = _transform.Apply(DenseProduct.Multiply(h, head, logits!.narrow(0, 0, count), add: false));
                var referenceLogits = anchor is { } q ? _transform.Apply(DenseProduct.Multiply(q.Hidden, q.Head, logits.narrow(0, rows, count), add: false)) : null;
                var kept = _transform.NeedsLogits && gradient is not null ? logits.narrow(0, 2 * rows, count).copy_(logitsGradient) : null;
                sums += fused.Evaluate(
                    logitsGradient, referenceLogits, allLabels.AsMemory((int)start, (int)count),
                    weights is null ? default : allWeights.AsMemory((int)start, (int)count), gradientScale);
                if (gradient is not null)
                {
                    _transform.Backward(logitsGradient, kept);
                }
            }
            else
            {
                (var chunk, logitsGradient) = EvaluateByOperators(
                    h, head, labels.narrow(0, start, count), anchor, weights?.narrow(0, start, count), gradientScale);
                sums += chunk;
            }

            if (gradient is not null)
            {
                DenseProduct.MultiplyTransposed(logitsGradient, head, gradient.narrow(0, start, count), add: false);
                headGradient?.add_(logitsGradient.t().mm(h));
            }
        }

        return new HeadResult(sums, gradient?.MoveToOuterDisposeScope());

        // Chunks cut sequences, so that what a weight needs of a whole one is computed before.
        Tensor Weigh()
        {
            ArgumentNullException.ThrowIfNull(sequenceLengths);
            var logP = LabelLogProbabilities(hidden, head);
            var logQ = reference is { } r ? LabelLogProbabilities(r.Hidden, r.Head) : null;
            var result = _objective.WeighTokens(new LabelledSequences(logP, logQ, sequenceLengths));
            return result.shape is [var length] && length == tokens ? result : throw new InvalidOperationException(
                $"{_objective.GetType().Name}.WeighTokens returned a tensor of shape ({string.Join(", ", result.shape)}); it must be ({tokens}), "
                + "a weight for each label.");
        }

        Tensor LabelLogProbabilities(Tensor states, Tensor weight)
        {
            var chunks = new List<Tensor>();
            for (long start = 0; start < tokens; start += rows)
            {
                using var chunkScope = NewDisposeScope();
                long count = Math.Min(rows, tokens - start);
                var h = states.narrow(0, start, count);
                if (fused is null)
                {
                    chunks.Add(NextToken.LogProbabilities(h, weight, _transform).gather(1, labels.narrow(0, start, count).unsqueeze(1)).squeeze(1).MoveToOuterDisposeScope());
                    continue;
                }

                float[] results = new float[count];
                fused.LabelLogProbabilities(
                    _transform.Apply(DenseProduct.Multiply(h, weight, logits!.narrow(0, 0, count), add: false)), allLabels.AsMemory((int)start, (int)count), results);
                chunks.Add(tensor(results).MoveToOuterDisposeScope());
            }

            return cat(chunks, 0);
        }
    }

    public void Dispose() => _logits?.Dispose();

    // Any objective, any device.
    private (LossSums Sums, Tensor LogitsGradient) EvaluateByOperators(
        Tensor hidden, Tensor head, Tensor labels, (Tensor Hidden, Tensor Head)? reference, Tensor? weights, double? gradientScale)
    {
        var logP = NextToken.Logits(hidden, head, _transform);                                    // (R, V)
        var kept = _transform.NeedsLogits && gradientScale is not null ? logP.clone() : null;
        logP.sub_(logP.logsumexp(1, keepdim: true));
        var labelLogP = logP.gather(1, labels.unsqueeze(1)).squeeze(1);           // (R)
        var correct = logP.argmax(1).eq(labels);
        var logQ = reference is { } r ? NextToken.LogProbabilities(r.Hidden, r.Head, _transform) : null;
        var losses = _objective.Evaluate(logP, logQ, labels);
        double[] sums = stack(
        [
            Sum(weights is null ? losses.Loss : losses.Loss.mul(weights)), Sum(labelLogP).neg(), Sum(labelLogP.mul(labelLogP.exp())).neg(),
            losses.Kl is null ? full([], double.NaN, ScalarType.Float64, hidden.device) : Sum(losses.Kl), Sum(correct),
        ]).cpu().data<double>().ToArray();
        if (gradientScale is not { } scale)
        {
            return (Sums(), logP);
        }

        var logitsGradient = logP.mul_(scale);
        logitsGradient = weights is null ? logitsGradient : logitsGradient.mul_(weights.unsqueeze(1));
        return (Sums(), _transform.Backward(logitsGradient, kept).to_type(hidden.dtype));

        LossSums Sums() => new(sums[0], sums[1], sums[2], sums[3], (long)sums[4]);
    }

    private static Tensor Sum(Tensor values) => values.to_type(ScalarType.Float64).sum();
}
