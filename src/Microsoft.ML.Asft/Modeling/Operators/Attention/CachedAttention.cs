using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>
/// Attention of one new token in each sequence to all of the sequence's tokens, directly in the cache. Each sequence reads only its own keys,
/// without padding, and its result does not depend on the other sequences at all, not even by rounding.
/// </summary>
internal static unsafe class CachedAttention
{
    /// <summary>Rotates queries and keys, appends keys and values to the cache, and computes attention.</summary>
    /// <param name="projected">The queries, keys and values of each sequence, (rows, H·D + 2·Hk·D). Queries and keys are rotated in place.</param>
    /// <param name="output">Receives the result, (rows, H·D).</param>
    /// <param name="rows">The number of sequences.</param>
    /// <param name="heads">The number of query heads, H.</param>
    /// <param name="settings">The settings of the layer's attention.</param>
    /// <param name="rotary">The rotary factors; the default value for no rotation.</param>
    /// <param name="cache">The layer's keys and values.</param>
    public static void Attend(
        float* projected, float* output, int rows, int heads, AttentionSettings settings, RotaryRows rotary, LayerCache cache)
    {
        Action<int> attend = cache.IsBFloat16
            ? new Step<BFloat16Element>(projected, output, heads, settings, rotary, cache).Attend
            : new Step<Float32Element>(projected, output, heads, settings, rotary, cache).Attend;
        ProcessorTeam.Shared.Run(rows * settings.KeyValueHeads, attend, cache.Lengths.Sum() * (long)heads * settings.HeadDim);
    }

    private sealed class Step<T>(float* projected, float* output, int heads, AttentionSettings settings, RotaryRows rotary, LayerCache cache)
        where T : unmanaged, IElement<T>
    {
        private readonly int _keyHeads = settings.KeyValueHeads;
        private readonly int _groups = heads / settings.KeyValueHeads;
        private readonly int _d = settings.HeadDim;

        // Computes one key head of one sequence, with the query heads that share it.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Attend(int index)
        {
            (int row, int keyHead) = (index / _keyHeads, index % _keyHeads);
            float* query = projected + ((long)row * (heads + (2 * _keyHeads)) * _d);
            float* key = query + ((heads + keyHead) * _d);
            float* value = key + (_keyHeads * _d);
            int past = cache.Lengths[row];
            T* allKeys = (T*)cache.KeyMemory + ((long)index * cache.Capacity * _d);        // (capacity, D)
            T* allValues = (T*)cache.ValueMemory + ((long)index * cache.Capacity * _d);
            rotary.RotateKey(key, row);
            Copy(key, allKeys + ((long)past * _d));
            Copy(value, allValues + ((long)past * _d));

            int first = cache.Window is { } seen ? Math.Max(0, past + 1 - seen) : 0;
            int length = past + 1 - first;
            float[] rented = ArrayPool<float>.Shared.Rent(length);
            var scores = rented.AsSpan(0, length);
            for (int g = 0; g < _groups; g++)
            {
                int head = (keyHead * _groups) + g;
                float* q = query + (head * _d);
                rotary.RotateQuery(q, row);
                for (int s = 0; s < length; s++)
                {
                    scores[s] = (float)settings.Scale * Dot(q, allKeys + ((long)(first + s) * _d));
                }

                if ((float?)settings.SoftCap is { } cap)
                {
                    TensorPrimitives.Divide(scores, cap, scores);
                    TensorPrimitives.Tanh(scores, scores);
                    TensorPrimitives.Multiply(scores, cap, scores);
                }

                // Subtract the maximum first: SoftMax computes the exponentials of the scores directly, and they overflow above 88.
                TensorPrimitives.Subtract(scores, TensorPrimitives.Max(scores), scores);
                TensorPrimitives.SoftMax(scores, scores);
                Mix(scores, allValues + ((long)first * _d), output + ((((long)row * heads) + head) * _d));
            }

            ArrayPool<float>.Shared.Return(rented);
        }

        private void Copy(float* source, T* target)
        {
            for (int i = 0; i < _d; i += Vectors.Width)
            {
                Vectors.Store(target + i, Vectors.Load((Float32Element*)source + i, _d - i), _d - i);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private float Dot(float* a, T* b)
        {
            var sum = Vector512<float>.Zero;
            for (int i = 0; i < _d; i += Vectors.Width)
            {
                sum = Vector512.FusedMultiplyAdd(Vectors.Load((Float32Element*)a + i, _d - i), Vectors.Load(b + i, _d - i), sum);
            }

            return Vector512.Sum(sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Mix(ReadOnlySpan<float> weights, T* rows, float* destination)
        {
            for (int i = 0; i < _d; i += Vectors.Width)
            {
                var sum = Vector512<float>.Zero;
                T* row = rows + i;
                foreach (float weight in weights)
                {
                    sum = Vector512.FusedMultiplyAdd(Vector512.Create(weight), Vectors.Load(row, _d - i), sum);
                    row += _d;
                }

                Vectors.Store((Float32Element*)destination + i, sum, _d - i);
            }
        }
    }
}
