using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// Attention of one new token a sequence to all of its past, straight in the cache: each sequence reads its own keys and no
/// padding, and its result is, to the last bit, the same whatever sequences are beside it.
/// </summary>
internal static unsafe class CachedAttention
{
    private const int WorthSharing = 1 << 16;   // multiplications

    /// <summary>Whether it can be used: float32 on the CPU, and no gradient wanted.</summary>
    public static bool Serves(ScalarType dtype, Device device) =>
        dtype == ScalarType.Float32 && device.type == TorchSharp.DeviceType.CPU && !is_grad_enabled();

    /// <summary>Rotates queries and keys, adds keys and values to the cache, and attends.</summary>
    /// <param name="query">(B, 1, H, D); rotated in place.</param>
    /// <param name="key">(B, 1, Hk, D).</param>
    /// <param name="value">(B, 1, Hk, D).</param>
    /// <param name="rotation">Tables of (B, 1, 1, D).</param>
    /// <param name="cache">The layer's keys and values.</param>
    /// <returns>(B, 1, H·D).</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Rotation rotation, LayerCache cache)
    {
        long[] shape = query.shape;
        (int b, int heads, int d) = ((int)shape[0], (int)shape[2], (int)shape[3]);
        int keyHeads = (int)key.shape[2];
        var output = empty(b, 1, (long)heads * d);
        using var q = query.contiguous();
        using var k = key.contiguous();
        using var v = value.contiguous();
        var step = new Step(
            FewRows.Pointer(q), FewRows.Pointer(k), FewRows.Pointer(v), FewRows.Pointer(rotation.Cosine), FewRows.Pointer(rotation.Sine), FewRows.Pointer(cache.Keys), FewRows.Pointer(cache.Values),
            FewRows.Pointer(output), keyHeads, heads / keyHeads, d, cache.Capacity, cache.Window, cache.Lengths);
        if (cache.Lengths.Sum() * (long)heads * d < WorthSharing)
        {
            for (int i = 0; i < b * keyHeads; i++)
            {
                step.Attend(i);
            }
        }
        else
        {
            ProcessorTeam.Shared.Run(b * keyHeads, step.Attend);
        }

        return output;
    }

    private sealed class Step(
        float* query, float* key, float* value, float* cosine, float* sine, float* keys, float* values, float* output, int keyHeads,
        int groups, int d, int capacity, int? window, IReadOnlyList<int> lengths)
    {
        // One key head of one sequence, with the query heads that share it.
        public void Attend(int index)
        {
            int row = index / keyHeads;
            int past = lengths[row];
            float* cos = cosine + ((long)row * d);
            float* sin = sine + ((long)row * d);
            float* allKeys = keys + ((long)index * capacity * d);          // (capacity, D)
            float* allValues = values + ((long)index * capacity * d);
            Rotate(key + ((long)index * d), cos, sin);
            Unsafe.CopyBlock(allKeys + ((long)past * d), key + ((long)index * d), (uint)(d * sizeof(float)));
            Unsafe.CopyBlock(allValues + ((long)past * d), value + ((long)index * d), (uint)(d * sizeof(float)));

            int first = window is { } seen ? Math.Max(0, past + 1 - seen) : 0;
            int length = past + 1 - first;
            float scale = (float)(1 / Math.Sqrt(d));
            float[] rented = ArrayPool<float>.Shared.Rent(length);
            var scores = rented.AsSpan(0, length);
            for (int g = 0; g < groups; g++)
            {
                long head = ((long)index * groups) + g;
                float* q = query + (head * d);
                Rotate(q, cos, sin);
                for (int s = 0; s < length; s++)
                {
                    scores[s] = scale * Dot(q, allKeys + ((long)(first + s) * d));
                }

                TensorPrimitives.SoftMax(scores, scores);
                Mix(scores, allValues + ((long)first * d), output + (head * d));
            }

            ArrayPool<float>.Shared.Return(rented);
        }

        private void Rotate(float* x, float* cos, float* sin)
        {
            int half = d / 2;
            for (int i = 0; i < half; i++)
            {
                (float low, float high) = (x[i], x[i + half]);
                x[i] = (low * cos[i]) - (high * sin[i]);
                x[i + half] = (high * cos[i + half]) + (low * sin[i + half]);
            }
        }

        private float Dot(float* a, float* b)
        {
            var sum = Vector512<float>.Zero;
            int i = 0;
            for (; i + Vector512<float>.Count <= d; i += Vector512<float>.Count)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), Vector512.Load(b + i), sum);
            }

            float rest = 0;
            for (; i < d; i++)
            {
                rest += a[i] * b[i];
            }

            return Vector512.Sum(sum) + rest;
        }

        private void Mix(ReadOnlySpan<float> weights, float* rows, float* destination)
        {
            int i = 0;
            for (; i + Vector512<float>.Count <= d; i += Vector512<float>.Count)
            {
                var sum = Vector512<float>.Zero;
                float* row = rows + i;
                foreach (float weight in weights)
                {
                    sum = Vector512.FusedMultiplyAdd(Vector512.Create(weight), Vector512.Load(row), sum);
                    row += d;
                }

                sum.Store(destination + i);
            }

            for (; i < d; i++)
            {
                float sum = 0;
                for (int s = 0; s < weights.Length; s++)
                {
                    sum += weights[s] * rows[((long)s * d) + i];
                }

                destination[i] = sum;
            }
        }
    }
}
