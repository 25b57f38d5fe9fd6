using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>
/// Converts between token-major and head-major layout, and applies rotary embedding (arXiv 2104.09864) on the way. The two halves of a head are
/// paired as in Hugging Face's code.
/// </summary>
internal static unsafe class HeadLayoutKernel
{
    private delegate void HeadBody(long token, long tokenColumn, long headOffset, float* cosine, float* sine);

    /// <summary>Converts from token-major to head-major layout.</summary>
    /// <param name="tokens">The numbers in token-major layout, (N, Hk·G·D). They may be columns of a wider matrix.</param>
    /// <param name="heads">Receives the head-major layout: (Hk, T, G, D) for each sequence of T tokens, one after the other.</param>
    /// <param name="shape">Hk, G and D.</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="rotary">The rotary tables, float32 (T, R) or longer; <see langword="null"/> for no rotation.</param>
    public static void SplitHeads(Tensor tokens, Tensor heads, HeadShape shape, PackedSequences sequences, RotaryTables? rotary)
    {
        if (ElementTypes.IsBFloat16(tokens))
        {
            SplitHeads<BFloat16Element>(tokens, heads, shape, sequences, rotary);
        }
        else
        {
            SplitHeads<Float32Element>(tokens, heads, shape, sequences, rotary);
        }
    }

    /// <summary>
    /// Converts from head-major to token-major layout: the transpose of <see cref="SplitHeads(Tensor, Tensor, HeadShape, PackedSequences, RotaryTables?)"/>,
    /// including its rotation.
    /// </summary>
    public static void MergeHeads(Tensor heads, Tensor tokens, HeadShape shape, PackedSequences sequences, RotaryTables? rotary)
    {
        if (ElementTypes.IsBFloat16(tokens))
        {
            MergeHeads<BFloat16Element>(heads, tokens, shape, sequences, rotary);
        }
        else
        {
            MergeHeads<Float32Element>(heads, tokens, shape, sequences, rotary);
        }
    }

    private static void SplitHeads<T>(Tensor tokens, Tensor heads, HeadShape shape, PackedSequences sequences, RotaryTables? rotary)
        where T : unmanaged, IElement<T>
    {
        var source = TensorMemory.OfRows<T>(tokens, out long stride);
        var target = TensorMemory.Of<T>(heads);
        long rotated = RotatedOf(rotary);
        ForEachHead(shape, sequences, rotary, (token, column, headOffset, cosine, sine) =>
            Rotate(source + (token * stride) + column, target + headOffset, shape.Dim, rotated, cosine, sine, 1));
    }

    private static void MergeHeads<T>(Tensor heads, Tensor tokens, HeadShape shape, PackedSequences sequences, RotaryTables? rotary)
        where T : unmanaged, IElement<T>
    {
        var source = TensorMemory.Of<T>(heads);
        var target = TensorMemory.OfRows<T>(tokens, out long stride);
        long rotated = RotatedOf(rotary);
        ForEachHead(shape, sequences, rotary, (token, column, headOffset, cosine, sine) =>
            Rotate(source + headOffset, target + (token * stride) + column, shape.Dim, rotated, cosine, sine, -1));
    }

    private static long RotatedOf(RotaryTables? rotary) => rotary?.Cosine.shape[^1] ?? 0;

    private static void ForEachHead(HeadShape shape, PackedSequences sequences, RotaryTables? rotary, HeadBody body)
    {
        (long width, long rotated) = (shape.Width, RotatedOf(rotary));
        float* cosines = rotary is { } tables ? TensorMemory.Of<float>(tables.Cosine) : null;
        float* sines = rotary is { } others ? TensorMemory.Of<float>(others.Sine) : null;
        ParallelRows.For(sequences.TokenCount, width, (start, end) =>
        {
            int sequence = sequences.SequenceOf(start);
            for (long token = start; token < end; token++)
            {
                while (token >= sequences.Starts[sequence + 1])
                {
                    sequence++;
                }

                long first = sequences.Starts[sequence];
                long length = sequences.Starts[sequence + 1] - first;
                long position = token - first;
                long row = position + (rotary?.FirstRowOf(length) ?? 0);
                float* cosine = cosines is null ? null : cosines + (row * rotated);
                float* sine = sines is null ? null : sines + (row * rotated);
                for (long k = 0; k < shape.KeyValueHeads; k++)
                {
                    for (long g = 0; g < shape.Groups; g++)
                    {
                        body(
                            token,
                            ((k * shape.Groups) + g) * shape.Dim,
                            (first * width) + (((((k * length) + position) * shape.Groups) + g) * shape.Dim),
                            cosine,
                            sine);
                    }
                }
            }
        });
    }

    // (x, y) → (x·cos − y·sin, y·cos + x·sin). With the direction −1 it is the transpose. Only the first numbers of a head are rotated.
    private static void Rotate<T>(T* source, T* target, long dim, long rotated, float* cosine, float* sine, float direction)
        where T : unmanaged, IElement<T>
    {
        (long half, long rest) = (rotated / 2, (dim - rotated) * sizeof(T));
        if (rest > 0)
        {
            Buffer.MemoryCopy(source + rotated, target + rotated, rest, rest);
        }

        for (long i = 0; i < half; i += Vectors.Width)
        {
            long left = half - i;
            var (x, y) = (Vectors.Load(source + i, left), Vectors.Load(source + half + i, left));
            var c = Vectors.Load((Float32Element*)cosine + i, left);
            var s = Vectors.Load((Float32Element*)sine + i, left) * direction;
            Vectors.Store(target + i, (x * c) - (y * s), left);
            Vectors.Store(target + half + i, (y * c) + (x * s), left);
        }
    }
}
