using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// Computes the loss and its gradient from the hidden states of labelled tokens, a chunk of tokens at a time: logits, upcast,
/// log-softmax, the objective's closed-form gradient in place, and the product back through the head. No tensor of tokens × vocabulary
/// outlives its chunk, and no autograd graph is recorded. The loss is computed in float32, also for a bfloat16 model.
/// </summary>
internal sealed class AnchoredHead : IDisposable
{
    /// <summary>The size limit of a chunk on the CPU, in bytes. On a GPU it is the smallest one.</summary>
    public const long DefaultMemoryBudget = 64L << 20;

    // A GPU needs products of thousands of rows, which fill it.
    private const long MostOnGpu = 2L << 30;
    private const int PartOfFree = 8;

    // With libtorch's operators, three float32 tensors (rows, V) exist at once: log p, log q and q.
    private const int LiveTensors = 3;

    private readonly TokenObjective _final;
    private readonly long _memoryBudget;
    private readonly LogitTransform _transform;
    private TokenObjective _objective;
    private RowBuffer? _logits;         // allocated once: allocating other sizes at every step would fragment the heap

    /// <param name="objective">The loss.</param>
    /// <param name="transform">The transform that the model and its reference apply to logits; <see langword="null"/> for none.</param>
    /// <param name="memoryBudget">The size limit of a chunk, in bytes. It changes the results only by rounding.</param>
    public AnchoredHead(TokenObjective objective, LogitTransform? transform = null, long memoryBudget = DefaultMemoryBudget)
    {
        _objective = _final = objective;
        _transform = transform ?? LogitTransform.None;
        _memoryBudget = memoryBudget;
    }

    /// <summary>The size limit of a chunk on a device: an eighth of a GPU's free memory, from 64 MiB to 2 GiB.</summary>
    /// <param name="freeBytes">The GPU's free memory; <see langword="null"/> on the CPU, or if it is not known.</param>
    public static long BudgetFor(long? freeBytes) =>
        freeBytes is { } free ? Math.Clamp(free / PartOfFree, DefaultMemoryBudget, MostOnGpu) : DefaultMemoryBudget;

    public bool NeedsReference => _objective.NeedsReference;

    /// <summary>Sets the optimizer step, for an objective that changes during training.</summary>
    /// <param name="step">The number of the step, from 0.</param>
    public void SetStep(int step) => _objective = _final.AtStep(step);

    /// <summary>Evaluates the objective.</summary>
    /// <param name="hidden">The hidden states at labelled positions, (N, H).</param>
    /// <param name="head">The head's weight, (V, H).</param>
    /// <param name="labels">The labels, int64 (N).</param>
    /// <param name="reference">
    /// The reference's hidden states at the same positions, (N, H), and its head, (V, H); <see langword="null"/> if the objective needs no reference.
    /// </param>
    /// <param name="gradientScale">
    /// The factor of the gradient, usually 1 / (labelled tokens of the global batch); <see langword="null"/> to compute no gradient.
    /// </param>
    /// <param name="headGradient">The gradient of a trained head, float32 (V, H), which is added to; <see langword="null"/> for a frozen head.</param>
    /// <param name="sequenceLengths">
    /// The number of labels of each sequence, in their order; <see langword="null"/> unless the objective needs sequences.
    /// </param>
    public HeadResult Evaluate(
        Tensor hidden, Tensor head, Tensor labels, (Tensor Hidden, Tensor Head)? reference, double? gradientScale,
        Tensor? headGradient = null, IReadOnlyList<int>? sequenceLengths = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long tokens = hidden.shape[0];
        var fused = AnchoredRows.For(_objective, hidden);
        int extra = _transform.NeedsLogits ? 1 : 0;
        long bytesPerRow = head.shape[0] * (fused is null ? (LiveTensors + extra) * sizeof(float) : (2 + extra) * hidden.ElementSize);
        long rows = Math.Clamp(_memoryBudget / bytesPerRow, 1, Math.Max(1, tokens));
        var gradient = gradientScale is null ? null : empty_like(hidden);
        var logits = fused is null ? null : (_logits ??= new RowBuffer(head.shape[0], hidden.dtype)).Rows((2 + extra) * rows);
        long[] allLabels = fused is null ? [] : labels.data<long>().ToArray();
        var weights = _objective.NeedsSequences ? Weigh() : null;                 // (N)
        float[] allWeights = fused is null || weights is null ? [] : [.. weights.to_type(ScalarType.Float32).data<float>()];
        var sums = default(LossSums);
        // Not read before all chunks are done: every read waits for the device.
        var onDevice = fused is null ? zeros([5], ScalarType.Float64, hidden.device) : null;
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
                var transformed = _transform.NeedsLogits && gradient is not null ? logits.narrow(0, 2 * rows, count).copy_(logitsGradient) : null;
                sums += fused.Evaluate(
                    logitsGradient, referenceLogits, allLabels.AsMemory((int)start, (int)count),
                    weights is null ? default : allWeights.AsMemory((int)start, (int)count), gradientScale);
                if (gradient is not null)
                {
                    _transform.Backward(logitsGradient, transformed);
                }
            }
            else
            {
                (var chunk, logitsGradient) = EvaluateByOperators(
                    h, head, labels.narrow(0, start, count), anchor, weights?.narrow(0, start, count), gradientScale);
                onDevice!.Add_(chunk);
            }

            if (gradient is not null)
            {
                DenseProduct.MultiplyTransposed(logitsGradient, head, gradient.narrow(0, start, count), add: false);
                headGradient?.Add_(logitsGradient.t().mm(h));
            }
        }

        gradient = gradient?.MoveToOuterDisposeScope();
        return onDevice is null ? new HeadResult(sums, gradient) : new HeadResult(onDevice.MoveToOuterDisposeScope(), gradient);

        // A chunk may begin or end within a sequence. So weights of whole sequences are computed before the chunks.
        Tensor Weigh()
        {
            ArgumentNullException.ThrowIfNull(sequenceLengths);
            var logP = LabelLogProbabilities(hidden, head);
            var logQ = reference is { } r ? LabelLogProbabilities(r.Hidden, r.Head) : null;
            var result = _objective.WeighTokens(new LabelledSequences(logP, logQ, sequenceLengths));
            return result.shape is [var length] && length == tokens ? result : throw new InvalidOperationException(
                $"{_objective.GetType().Name}.WeighTokens returned a tensor of shape ({string.Join(", ", result.shape)}). The shape must be ({tokens}): "
                + "one weight for each label.");
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

    // For any objective and any device, with libtorch's operators.
    private (Tensor Sums, Tensor LogitsGradient) EvaluateByOperators(
        Tensor hidden, Tensor head, Tensor labels, (Tensor Hidden, Tensor Head)? reference, Tensor? weights, double? gradientScale)
    {
        var logP = NextToken.Logits(hidden, head, _transform);                                    // (R, V)
        var transformed = _transform.NeedsLogits && gradientScale is not null ? logP.clone() : null;
        logP.sub_(logP.logsumexp(1, keepdim: true));
        var labelLogP = logP.gather(1, labels.unsqueeze(1)).squeeze(1);           // (R)
        var correct = logP.argmax(1).eq(labels);
        var logQ = reference is { } r ? NextToken.LogProbabilities(r.Hidden, r.Head, _transform) : null;
        var losses = _objective.Evaluate(logP, logQ, labels);
        var sums = stack(
        [
            Sum(weights is null ? losses.Loss : losses.Loss.mul(weights)), Sum(labelLogP).neg(), Sum(labelLogP.mul(labelLogP.exp())).neg(),
            losses.Kl is null ? ScalarOperators.Full([], double.NaN, ScalarType.Float64, hidden.device) : Sum(losses.Kl), Sum(correct),
        ]);
        if (gradientScale is not { } scale)
        {
            return (sums, logP);
        }

        var logitsGradient = logP.Mul_(scale);
        logitsGradient = weights is null ? logitsGradient : logitsGradient.mul_(weights.unsqueeze(1));
        return (sums, _transform.Backward(logitsGradient, transformed).to_type(hidden.dtype));
    }

    private static Tensor Sum(Tensor values) => values.to_type(ScalarType.Float64).sum();
}
