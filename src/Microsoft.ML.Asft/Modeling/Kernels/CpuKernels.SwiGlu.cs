using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

internal abstract partial class CpuKernels
{
    /// <summary>activated = silu(gate) · up (SwiGLU, arXiv 2002.05202).</summary>
    public abstract void SwiGlu(Tensor gate, Tensor up, Tensor activated);

    /// <summary>Replaces gate and up by their gradients.</summary>
    public abstract void SwiGluBackward(Tensor gate, Tensor up, Tensor activatedGradient);
}

internal sealed unsafe partial class CpuKernels<T>
{
    public override void SwiGlu(Tensor gate, Tensor up, Tensor activated)
    {
        (long rows, long d) = (gate.shape[0], gate.shape[1]);
        var g = Memory.Of<T>(gate);
        var u = Memory.Of<T>(up);
        var a = Memory.Of<T>(activated);
        Rows.For(rows, 4 * d, (start, end) =>
        {
            for (long i = start * d; i < end * d; i += Vectors.Width)
            {
                long left = (end * d) - i;
                var x = Vectors.Load(g + i, left);
                Vectors.Store(a + i, x * Sigmoid(x) * Vectors.Load(u + i, left), left);
            }
        });
    }

    public override void SwiGluBackward(Tensor gate, Tensor up, Tensor activatedGradient)
    {
        (long rows, long d) = (gate.shape[0], gate.shape[1]);
        var g = Memory.Of<T>(gate);
        var u = Memory.Of<T>(up);
        var a = Memory.Of<T>(activatedGradient);
        Rows.For(rows, 4 * d, (start, end) =>
        {
            for (long i = start * d; i < end * d; i += Vectors.Width)
            {
                long left = (end * d) - i;
                var (x, y, above) = (Vectors.Load(g + i, left), Vectors.Load(u + i, left), Vectors.Load(a + i, left));
                var sigmoid = Sigmoid(x);
                Vectors.Store(g + i, above * y * sigmoid * (Vector512<float>.One + (x * (Vector512<float>.One - sigmoid))), left);
                Vectors.Store(u + i, above * x * sigmoid, left);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + Vectors.Exp(-x));
}
