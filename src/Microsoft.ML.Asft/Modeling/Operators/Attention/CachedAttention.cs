using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>
/// Attention of one new token in each sequence to all of the sequence's tokens, directly in the cache. Each sequence reads only its own keys,
/// without padding, and its result does not depend on the other sequences at all, not even by rounding.
/// libtorch 2.10's attention takes 1.3 to 1.5 times as long in float32 and 8 to 9 times as long in bfloat16 (docs/performance.md).
/// </summary>
internal static unsafe class CachedAttention
{
    private const int WorthSharing = 1 << 16;   // with fewer multiplications one thread is faster

    /// <summary>Whether it can be used for a tensor: on the CPU, without gradients.</summary>
    public static bool Supports(Tensor tensor) => ElementTypes.Supports(tensor.dtype, tensor.device_type) && !is_grad_enabled();

    /// <summary>Rotates queries and keys, appends keys and values to the cache, and computes attention.</summary>
    /// <param name="query">The queries, (B, 1, H, D).</param>
    /// <param name="key">The new keys, (B, 1, Hk, D).</param>
    /// <param name="value">The new values, (B, 1, Hk, D).</param>
    /// <param name="rotary">The rotary tables, (B, 1, 1, R); <see langword="null"/> for no rotation.</param>
    /// <param name="settings">The settings of the layer's attention.</param>
    /// <param name="cache">The layer's keys and values.</param>
    /// <returns>The result, (B, 1, H·D).</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, RotaryTables? rotary, AttentionSettings settings, LayerCache cache)
    {
        var dtype = query.dtype;
        long[] shape = query.shape;
        (int b, int heads, int d) = ((int)shape[0], (int)shape[2], (int)shape[3]);
        int keyHeads = (int)key.shape[2];
        var output = empty([b, 1, (long)heads * d], ScalarType.Float32);
        // Queries and keys are rotated in place. If they are not float32, these are copies; if they are, no one else uses them.
        var (query32, key32, value32) = (Float32(query), Float32(key), Float32(value));
        var keyTables = Tables(rotary);
        var queryTables = rotary?.QueryScale is null ? keyTables : Tables(rotary?.ForQueries);
        Action<int> attend = dtype == ScalarType.Float32 ? Step<Float32Element>() : Step<BFloat16Element>();
        if (cache.Lengths.Sum() * (long)heads * d < WorthSharing)
        {
            for (int i = 0; i < b * keyHeads; i++)
            {
                attend(i);
            }
        }
        else
        {
            ProcessorTeam.Shared.Run(b * keyHeads, attend);
        }

        return output.to_type(dtype);

        Action<int> Step<T>()
            where T : unmanaged, IElement<T> => new Step<T>(
            Memory.Of<float>(query32), Memory.Of<float>(key32), Memory.Of<float>(value32),
            PointersOf(queryTables), PointersOf(keyTables), Memory.Of<T>(cache.Keys), Memory.Of<T>(cache.Values), Memory.Of<float>(output), keyHeads, heads / keyHeads, d, (float)settings.Scale, (float?)settings.SoftCap, cache).Attend;
    }

    private static RotaryTables? Tables(RotaryTables? rotary) => rotary is { } r ? new RotaryTables(Float32(r.Cosine), Float32(r.Sine)) : null;

    private static Rotation PointersOf(RotaryTables? tables) =>
        tables is { } t ? new Rotation(Memory.Of<float>(t.Cosine), Memory.Of<float>(t.Sine), (int)t.Cosine.shape[^1]) : default;

    private static Tensor Float32(Tensor tensor) => tensor.to_type(ScalarType.Float32).contiguous();

    // Cosine and sine for each sequence's position, (B, R). R is 0 for no rotation.
    private readonly struct Rotation(float* cosine, float* sine, int width)
    {
        public int Width => width;

        public float* Cosine(long row) => cosine + (row * width);

        public float* Sine(long row) => sine + (row * width);
    }

    private sealed class Step<T>(
        float* query, float* key, float* value, Rotation queryRotation, Rotation keyRotation, T* keys, T* values, float* output,
        int keyHeads, int groups, int d, float scale, float? softCap, LayerCache cache)
        where T : unmanaged, IElement<T>
    {
        // Computes one key head of one sequence, with the query heads that share it.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Attend(int index)
        {
            int row = index / keyHeads;
            int past = cache.Lengths[row];
            T* allKeys = keys + ((long)index * cache.Capacity * d);        // (capacity, D)
            T* allValues = values + ((long)index * cache.Capacity * d);
            Rotate(key + ((long)index * d), keyRotation, row);
            Copy(key + ((long)index * d), allKeys + ((long)past * d));
            Copy(value + ((long)index * d), allValues + ((long)past * d));

            int first = cache.Window is { } seen ? Math.Max(0, past + 1 - seen) : 0;
            int length = past + 1 - first;
            float[] rented = ArrayPool<float>.Shared.Rent(length);
            var scores = rented.AsSpan(0, length);
            for (int g = 0; g < groups; g++)
            {
                long head = ((long)index * groups) + g;
                float* q = query + (head * d);
                Rotate(q, queryRotation, row);
                for (int s = 0; s < length; s++)
                {
                    scores[s] = scale * Dot(q, allKeys + ((long)(first + s) * d));
                }

                if (softCap is { } cap)
                {
                    TensorPrimitives.Divide(scores, cap, scores);
                    TensorPrimitives.Tanh(scores, scores);
                    TensorPrimitives.Multiply(scores, cap, scores);
                }

                // Subtract the maximum first: SoftMax computes the exponentials of the scores directly, and they overflow above 88.
                TensorPrimitives.Subtract(scores, TensorPrimitives.Max(scores), scores);
                TensorPrimitives.SoftMax(scores, scores);
                Mix(scores, allValues + ((long)first * d), output + (head * d));
            }

            ArrayPool<float>.Shared.Return(rented);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Rotate(float* x, Rotation rotation, long row)
        {
            int half = rotation.Width / 2;
            float* cos = rotation.Cosine(row);
            float* sin = rotation.Sine(row);
            for (int i = 0; i < half; i++)
            {
                (float low, float high) = (x[i], x[i + half]);
                x[i] = (low * cos[i]) - (high * sin[i]);
                x[i + half] = (high * cos[i + half]) + (low * sin[i + half]);
            }
        }

        private void Copy(float* source, T* target)
        {
            for (int i = 0; i < d; i += Vectors.Width)
            {
                Vectors.Store(target + i, Vectors.Load((Float32Element*)source + i, d - i), d - i);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private float Dot(float* a, T* b)
        {
            var sum = Vector512<float>.Zero;
            for (int i = 0; i < d; i += Vectors.Width)
            {
                sum = Vector512.FusedMultiplyAdd(Vectors.Load((Float32Element*)a + i, d - i), Vectors.Load(b + i, d - i), sum);
            }

            return Vector512.Sum(sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Mix(ReadOnlySpan<float> weights, T* rows, float* destination)
        {
            for (int i = 0; i < d; i += Vectors.Width)
            {
                var sum = Vector512<float>.Zero;
                T* row = rows + i;
                foreach (float weight in weights)
                {
                    sum = Vector512.FusedMultiplyAdd(Vector512.Create(weight), Vectors.Load(row, d - i), sum);
                    row += d;
                }

                Vectors.Store((Float32Element*)destination + i, sum, d - i);
            }
        }
    }
}
