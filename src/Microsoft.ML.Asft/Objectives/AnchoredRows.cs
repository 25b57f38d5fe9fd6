using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// Evaluates an <see cref="AnchoredObjective"/> directly from logits on the CPU. It computes one row at a time, while the row is in the
/// cache, and writes the gradient over the logits. The formulas are the objective's. Arithmetic is float32, with 16 partial sums.
/// </summary>
internal abstract class AnchoredRows(AnchoredObjective objective)
{
    protected AnchoredObjective Objective { get; } = objective;

    /// <summary>Creates the fused form of an objective; <see langword="null"/> if there is none for it, or for the tensor's device and format.</summary>
    public static AnchoredRows? For(TokenObjective objective, Tensor hidden)
    {
        if (objective is not AnchoredObjective anchored || hidden.device_type != TorchSharp.DeviceType.CPU)
        {
            return null;
        }

        return hidden.dtype switch
        {
            ScalarType.Float32 => new AnchoredRows<Float32Element>(anchored),
            ScalarType.BFloat16 => new AnchoredRows<BFloat16Element>(anchored),
            _ => null,
        };
    }

    /// <summary>Evaluates rows of logits.</summary>
    /// <param name="logits">The logits, (R, V). The gradient replaces them if <paramref name="gradientScale"/> is set.</param>
    /// <param name="reference">The reference's logits, (R, V); <see langword="null"/> if the objective needs no reference.</param>
    /// <param name="labels">The labels, R of them.</param>
    /// <param name="tokenWeights">A weight for the loss of each row, R of them; empty for no weights.</param>
    /// <param name="gradientScale">The factor of the gradient; <see langword="null"/> to compute no gradient.</param>
    public abstract LossSums Evaluate(
        Tensor logits, Tensor? reference, ReadOnlyMemory<long> labels, ReadOnlyMemory<float> tokenWeights, double? gradientScale);

    /// <summary>Computes only the log-probabilities of the labels.</summary>
    /// <param name="logits">The logits, (R, V).</param>
    /// <param name="labels">The labels, R of them.</param>
    /// <param name="results">Receives the log-probabilities, R of them.</param>
    public abstract void LabelLogProbabilities(Tensor logits, ReadOnlyMemory<long> labels, Memory<float> results);
}

/// <inheritdoc/>
internal sealed unsafe class AnchoredRows<T>(AnchoredObjective objective) : AnchoredRows(objective)
    where T : unmanaged, IElement<T>
{
    public override LossSums Evaluate(
        Tensor logits, Tensor? reference, ReadOnlyMemory<long> labels, ReadOnlyMemory<float> tokenWeights, double? gradientScale)
    {
        long v = logits.shape[1];
        var rows = new LossSums[logits.shape[0]];
        T* policy = TensorMemory.Of<T>(logits);
        T* anchor = reference is null ? null : TensorMemory.Of<T>(reference);
        ParallelRows.For(rows.Length, 8 * v, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                float tokenWeight = tokenWeights.IsEmpty ? 1 : tokenWeights.Span[(int)row];
                var sums = EvaluateRow(
                    policy + (row * v), anchor is null ? null : anchor + (row * v), v, labels.Span[(int)row], (float?)(gradientScale * tokenWeight));
                rows[row] = sums with { Loss = tokenWeight * sums.Loss };
            }
        });
        return rows.Aggregate(default(LossSums), (sum, row) => sum + row);
    }

    public override void LabelLogProbabilities(Tensor logits, ReadOnlyMemory<long> labels, Memory<float> results)
    {
        long v = logits.shape[1];
        T* values = TensorMemory.Of<T>(logits);
        ParallelRows.For(results.Length, 8 * v, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                T* rowLogits = values + (row * v);
                results.Span[(int)row] = Vectors.Load(rowLogits + labels.Span[(int)row], 1)[0] - LogSumExp(rowLogits, v).LogSum;
            }
        });
    }

    private LossSums EvaluateRow(T* logits, T* reference, long v, long label, float? scale)
    {
        var (highest, logSum) = LogSumExp(logits, v);
        float labelLogit = Vectors.Load(logits + label, 1)[0];
        bool isCorrect = labelLogit == highest && IsFirst(highest, logits, label);
        float logP = labelLogit - logSum;
        float p = MathF.Exp(logP);
        float weight = Objective.WeightOf(logits, v, logP);
        double kl = double.NaN;
        if (reference is not null)
        {
            float referenceLogSum = LogSumExp(reference, v).LogSum;
            kl = Objective.Direction == KlDirection.Forward
                ? ForwardAnchor(logits, reference, v, logSum, referenceLogSum, weight, scale)
                : ReverseAnchor(logits, reference, v, logSum, referenceLogSum, weight, scale);
        }

        if (scale is { } factor)
        {
            if (reference is null)
            {
                Probabilities(logits, v, logSum, weight * factor);
            }

            var atLabel = Vectors.Load(logits + label, 1);
            Vectors.Store(logits + label, atLabel - Vector512.Create(weight * factor), 1);
        }

        return new LossSums(
            (-weight * logP) + (reference is null ? 0 : Objective.KlWeight * kl), -logP, -p * logP, kl, isCorrect ? 1 : 0);
    }

    // Returns KL = Σ q·(log q − log p). Replaces the logits with scale·((w + λ)·p − λ·q).
    private double ForwardAnchor(T* logits, T* reference, long v, float logSum, float referenceLogSum, float weight, float? scale)
    {
        var kl = Vector512<float>.Zero;
        float lambda = (float)Objective.KlWeight;
        var (shift, referenceShift) = (Vector512.Create(logSum), Vector512.Create(referenceLogSum));
        var (pScale, qScale) = (Vector512.Create((weight + lambda) * (scale ?? 0)), Vector512.Create(lambda * (scale ?? 0)));
        for (long i = 0; i < v; i += Vectors.Width)
        {
            var logP = Vectors.Load(logits + i, v - i, float.NegativeInfinity) - shift;
            var logQ = Vectors.Load(reference + i, v - i, float.NegativeInfinity) - referenceShift;
            var q = Vectors.Exp(logQ);
            var difference = v - i >= Vectors.Width ? logQ - logP : Finite(logQ - logP);
            kl = Vector512.FusedMultiplyAdd(q, difference, kl);
            if (scale is not null)
            {
                Vectors.Store(logits + i, (pScale * Vectors.Exp(logP)) - (qScale * q), v - i);
            }
        }

        return Vector512.Sum(kl);
    }

    // Returns KL = Σ p·(log p − log q). Replaces the logits with scale·p·(w + λ·(log p − log q − KL)).
    private double ReverseAnchor(T* logits, T* reference, long v, float logSum, float referenceLogSum, float weight, float? scale)
    {
        var sum = Vector512<float>.Zero;
        var offset = Vector512.Create(referenceLogSum - logSum);
        var shift = Vector512.Create(logSum);
        for (long i = 0; i < v; i += Vectors.Width)
        {
            var x = Vectors.Load(logits + i, v - i, float.NegativeInfinity);
            var ratio = Finite(x - Vectors.Load(reference + i, v - i) + offset);
            sum = Vector512.FusedMultiplyAdd(Vectors.Exp(x - shift), ratio, sum);
        }

        float kl = Vector512.Sum(sum);
        if (scale is { } factor)
        {
            var (constant, lambda) = (
                Vector512.Create(factor * (weight - ((float)Objective.KlWeight * kl))), Vector512.Create(factor * (float)Objective.KlWeight));
            for (long i = 0; i < v; i += Vectors.Width)
            {
                var x = Vectors.Load(logits + i, v - i);
                var ratio = x - Vectors.Load(reference + i, v - i) + offset;
                Vectors.Store(logits + i, Vectors.Exp(x - shift) * Vector512.FusedMultiplyAdd(lambda, ratio, constant), v - i);
            }
        }

        return kl;
    }

    private static void Probabilities(T* logits, long v, float logSum, float factor)
    {
        var (shift, multiplier) = (Vector512.Create(logSum), Vector512.Create(factor));
        for (long i = 0; i < v; i += Vectors.Width)
        {
            Vectors.Store(logits + i, multiplier * Vectors.Exp(Vectors.Load(logits + i, v - i) - shift), v - i);
        }
    }

    // Whether no earlier logit is as high as the label's. With equal logits argmax chooses the first.
    private static bool IsFirst(float highest, T* logits, long label)
    {
        for (long i = 0; i < label; i += Vectors.Width)
        {
            if (Vector512.EqualsAny(Vectors.Load(logits + i, label - i, float.NegativeInfinity), Vector512.Create(highest)))
            {
                return false;
            }
        }

        return true;
    }

    private static (float Highest, float LogSum) LogSumExp(T* logits, long v)
    {
        var highest = Vector512.Create(float.NegativeInfinity);
        for (long i = 0; i < v; i += Vectors.Width)
        {
            highest = Vector512.Max(highest, Vectors.Load(logits + i, v - i, float.NegativeInfinity));
        }

        float top = Vectors.Max(highest);
        var (shift, sum) = (Vector512.Create(top), Vector512<float>.Zero);
        for (long i = 0; i < v; i += Vectors.Width)
        {
            sum += Vectors.Exp(Vectors.Load(logits + i, v - i, float.NegativeInfinity) - shift);
        }

        return (top, top + MathF.Log(Vector512.Sum(sum)));
    }

    // Replaces values that are not finite by 0. Beyond the vocabulary's end the difference is −∞ − (−∞), which must add nothing to the sum.
    private static Vector512<float> Finite(Vector512<float> values) =>
        Vector512.ConditionalSelect(Vector512.IsFinite(values), values, Vector512<float>.Zero);
}
