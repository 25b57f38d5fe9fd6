using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>Computes the softmax of a block of attention scores in place, and its gradient.</summary>
internal static unsafe class CausalSoftmaxKernel
{
    /// <summary>
    /// Replaces scores by attention weights: the softmax of x = scale · score, or of c · tanh(x / c) with a soft cap c, over the keys that a query sees. The
    /// weights of other keys are zero.
    /// </summary>
    /// <param name="scores">The scores, (heads, queries·G, keys).</param>
    /// <param name="block">The block of queries and keys.</param>
    /// <param name="scale">The factor of the scores.</param>
    /// <param name="softCap">The soft cap c; <see langword="null"/> for no cap.</param>
    public static void Forward(Tensor scores, AttentionBlock block, double scale, double? softCap = null)
    {
        if (ElementTypes.IsBFloat16(scores))
        {
            Forward<BFloat16Element>(scores, block, scale, softCap);
        }
        else
        {
            Forward<Float32Element>(scores, block, scale, softCap);
        }
    }

    /// <summary>Replaces the gradient of attention weights by that of the scores: P∘(dP − Σ P∘dP) · scale, times 1 − tanh² with a soft cap.</summary>
    /// <param name="weights">The attention weights P that <see cref="Forward(Tensor, AttentionBlock, double, double?)"/> computed.</param>
    /// <param name="gradient">The gradient of the weights, dP.</param>
    /// <param name="block">The block of queries and keys.</param>
    /// <param name="scale">The factor of the scores.</param>
    /// <param name="softCap">The soft cap; <see langword="null"/> for no cap.</param>
    /// <param name="scores">The scores before the softmax. They are needed only with a soft cap.</param>
    public static void Backward(Tensor weights, Tensor gradient, AttentionBlock block, double scale, double? softCap = null, Tensor? scores = null)
    {
        if (ElementTypes.IsBFloat16(weights))
        {
            Backward<BFloat16Element>(weights, gradient, block, scale, softCap, scores);
        }
        else
        {
            Backward<Float32Element>(weights, gradient, block, scale, softCap, scores);
        }
    }

    private static void Forward<T>(Tensor scores, AttentionBlock block, double scale, double? softCap)
        where T : unmanaged, IElement<T>
    {
        long keys = scores.shape[2];
        var all = TensorMemory.Of<T>(scores);
        ParallelRows.For(scores.shape[0] * scores.shape[1], 4 * keys, (start, end) =>
        {
            float* exponentials = stackalloc float[(int)keys + Vectors.Width];
            for (long row = start; row < end; row++)
            {
                var (from, to) = block.KeysOf(row);
                T* x = all + (row * keys) + from;
                long count = to - from;
                if (softCap is { } cap)
                {
                    CapRow(x, exponentials, count, (float)scale, (float)cap);
                    ZeroOutside(all + (row * keys), from, to, keys);
                    continue;
                }

                var highest = Vector512.Create(float.NegativeInfinity);
                for (long i = 0; i < count; i += Vectors.Width)
                {
                    highest = Vector512.Max(highest, Vectors.Load(x + i, count - i, float.NegativeInfinity));
                }

                var factor = Vector512.Create((float)scale);
                var shift = Vector512.Create(Vectors.Max(highest)) * factor;
                var sum = Vector512<float>.Zero;
                for (long i = 0; i < count; i += Vectors.Width)
                {
                    var value = Vectors.Exp((Vectors.Load(x + i, count - i, float.NegativeInfinity) * factor) - shift);
                    value.Store(exponentials + i);
                    sum += value;
                }

                var inverse = Vector512.Create(1 / Vector512.Sum(sum));
                for (long i = 0; i < count; i += Vectors.Width)
                {
                    Vectors.Store(x + i, Vector512.Load(exponentials + i) * inverse, count - i);
                }

                ZeroOutside(all + (row * keys), from, to, keys);
            }
        });
    }

    private static void Backward<T>(Tensor weights, Tensor gradient, AttentionBlock block, double scale, double? softCap, Tensor? scores)
        where T : unmanaged, IElement<T>
    {
        long keys = weights.shape[2];
        var allWeights = TensorMemory.Of<T>(weights);
        var allGradients = TensorMemory.Of<T>(gradient);
        T* before = softCap is null ? null : TensorMemory.Of<T>(scores!);
        ParallelRows.For(weights.shape[0] * weights.shape[1], 2 * keys, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                var (from, to) = block.KeysOf(row);
                T* p = allWeights + (row * keys) + from;
                T* d = allGradients + (row * keys) + from;
                long count = to - from;
                var sum = Vector512<float>.Zero;
                for (long i = 0; i < count; i += Vectors.Width)
                {
                    sum += Vectors.Load(p + i, count - i) * Vectors.Load(d + i, count - i);
                }

                var (mean, factor) = (Vector512.Create(Vector512.Sum(sum)), Vector512.Create((float)scale));
                for (long i = 0; i < count; i += Vectors.Width)
                {
                    var change = Vectors.Load(p + i, count - i) * (Vectors.Load(d + i, count - i) - mean) * factor;
                    if (softCap is { } cap)
                    {
                        var tanh = Vectors.Tanh(Vectors.Load(before + (row * keys) + from + i, count - i) * Vector512.Create((float)(scale / cap)));
                        change *= Vector512<float>.One - (tanh * tanh);
                    }

                    Vectors.Store(d + i, change, count - i);
                }

                ZeroOutside(allGradients + (row * keys), from, to, keys);
            }
        });
    }

    // Computes the softmax of c · tanh(scale · x / c).
    private static void CapRow<T>(T* x, float* exponentials, long count, float scale, float cap)
        where T : unmanaged, IElement<T>
    {
        var highest = Vector512.Create(float.NegativeInfinity);
        for (long i = 0; i < count; i += Vectors.Width)
        {
            highest = Vector512.Max(highest, Vectors.Load(x + i, count - i, float.NegativeInfinity));
        }

        var (factor, bound) = (Vector512.Create(scale / cap), Vector512.Create(cap));
        var shift = bound * Vectors.Tanh(Vector512.Create(Vectors.Max(highest)) * factor);
        var sum = Vector512<float>.Zero;
        for (long i = 0; i < count; i += Vectors.Width)
        {
            var value = Vectors.Exp((bound * Vectors.Tanh(Vectors.Load(x + i, count - i) * factor)) - shift);
            value.Store(exponentials + i);
            sum += count - i >= Vectors.Width ? value
                : Vector512.ConditionalSelect(Vector512.LessThan(Vector512<float>.Indices, Vector512.Create((float)(count - i))), value, Vector512<float>.Zero);
        }

        var inverse = Vector512.Create(1 / Vector512.Sum(sum));
        for (long i = 0; i < count; i += Vectors.Width)
        {
            Vectors.Store(x + i, Vector512.Load(exponentials + i) * inverse, count - i);
        }
    }

    private static void ZeroOutside<T>(T* row, long from, long to, long keys)
        where T : unmanaged, IElement<T>
    {
        new Span<T>(row, (int)from).Clear();
        new Span<T>(row + to, (int)(keys - to)).Clear();
    }
}
