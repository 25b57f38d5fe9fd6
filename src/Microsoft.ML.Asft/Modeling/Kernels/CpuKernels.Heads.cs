using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

internal abstract partial class CpuKernels
{
    /// <summary>
    /// From token-major to head-major, sequence by sequence, rotated on the way where tables are given (arXiv 2104.09864,
    /// halves paired as Hugging Face pairs them).
    /// </summary>
    /// <param name="tokens">(N, Hk·G·D).</param>
    /// <param name="heads">For each sequence of T tokens (Hk, T, G, D), one after the other.</param>
    /// <param name="shape">Hk, G and D.</param>
    /// <param name="sequences">The sequences.</param>
    /// <param name="rotation">Cosine and sine, float32 (T, D) or longer; none to leave the numbers as they are.</param>
    public abstract void SplitHeads(Tensor tokens, Tensor heads, HeadShape shape, PackedSequences sequences, Rotation? rotation);

    /// <summary>The way back: the transpose of <see cref="SplitHeads"/>, rotation included.</summary>
    public abstract void MergeHeads(Tensor heads, Tensor tokens, HeadShape shape, PackedSequences sequences, Rotation? rotation);
}

internal sealed unsafe partial class CpuKernels<T>
{
    public override void SplitHeads(Tensor tokens, Tensor heads, HeadShape shape, PackedSequences sequences, Rotation? rotation)
    {
        var source = Memory.Of<T>(tokens);
        var target = Memory.Of<T>(heads);
        ForEachHead(shape, sequences, rotation, (tokenOffset, headOffset, cosine, sine) =>
            Turn(source + tokenOffset, target + headOffset, shape.Dim, cosine, sine, 1));
    }

    public override void MergeHeads(Tensor heads, Tensor tokens, HeadShape shape, PackedSequences sequences, Rotation? rotation)
    {
        var source = Memory.Of<T>(heads);
        var target = Memory.Of<T>(tokens);
        ForEachHead(shape, sequences, rotation, (tokenOffset, headOffset, cosine, sine) =>
            Turn(source + headOffset, target + tokenOffset, shape.Dim, cosine, sine, -1));
    }

    private delegate void HeadBody(long tokenOffset, long headOffset, float* cosine, float* sine);

    private static void ForEachHead(HeadShape shape, PackedSequences sequences, Rotation? rotation, HeadBody body)
    {
        long width = shape.Width;
        float* cosines = rotation is { } tables ? Memory.Of<float>(tables.Cosine) : null;
        float* sines = rotation is { } others ? Memory.Of<float>(others.Sine) : null;
        Rows.For(sequences.TokenCount, width, (start, end) =>
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
                float* cosine = cosines is null ? null : cosines + (position * shape.Dim);
                float* sine = sines is null ? null : sines + (position * shape.Dim);
                for (long k = 0; k < shape.KeyValueHeads; k++)
                {
                    for (long g = 0; g < shape.Groups; g++)
                    {
                        body(
                            (token * width) + (((k * shape.Groups) + g) * shape.Dim),
                            (first * width) + (((((k * length) + position) * shape.Groups) + g) * shape.Dim),
                            cosine,
                            sine);
                    }
                }
            }
        });
    }

    // (x, y) → (x·cos − y·sin, y·cos + x·sin); with direction −1 the transpose of it.
    private static void Turn(T* source, T* target, long dim, float* cosine, float* sine, float direction)
    {
        long half = dim / 2;
        if (cosine is null)
        {
            Buffer.MemoryCopy(source, target, dim * sizeof(T), dim * sizeof(T));
            return;
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
