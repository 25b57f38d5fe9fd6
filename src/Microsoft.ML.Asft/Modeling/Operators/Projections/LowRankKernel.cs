using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Projections;

/// <summary>
/// Products with the factors of a low-rank update. It processes eight ranks at a time, whose sums stay in registers, and the remaining ranks one
/// by one.
/// </summary>
internal static unsafe class LowRankKernel
{
    private const int RankBlock = 8;

    // Partial sums over the ranks stay in the cache until all ranks are added.
    private const int ExpandedColumns = 64 * Vectors.Width;

    /// <summary>z = scale · dropout(x)·Aᵀ, in float32.</summary>
    /// <param name="x">The inputs, (N, K), in the model's format.</param>
    /// <param name="a">The factor A, (R, K), float32.</param>
    /// <param name="scale">The factor of the products.</param>
    /// <param name="dropout">The dropout mask of x; <see langword="null"/> for no dropout.</param>
    /// <param name="z">Receives z, (N, R), float32.</param>
    public static void Project(Tensor x, Tensor a, double scale, DropoutMask? dropout, Tensor z)
    {
        if (ElementTypes.IsBFloat16(x))
        {
            Project<BFloat16Element>(x, a, scale, dropout, z);
        }
        else
        {
            Project<Float32Element>(x, a, scale, dropout, z);
        }
    }

    /// <summary>y += dropout(z·A).</summary>
    /// <param name="z">The matrix z, (N, R), float32.</param>
    /// <param name="a">The factor A, (R, M), float32.</param>
    /// <param name="dropout">The dropout mask of the products; <see langword="null"/> for no dropout.</param>
    /// <param name="y">The outputs, (N, M), in the model's format.</param>
    public static void Expand(Tensor z, Tensor a, DropoutMask? dropout, Tensor y)
    {
        if (ElementTypes.IsBFloat16(y))
        {
            Expand<BFloat16Element>(z, a, dropout, y);
        }
        else
        {
            Expand<Float32Element>(z, a, dropout, y);
        }
    }

    /// <summary>gradient += zᵀ·dropout(x).</summary>
    /// <param name="z">The matrix z, (N, R), float32.</param>
    /// <param name="x">The inputs, (N, K), in the model's format.</param>
    /// <param name="dropout">The dropout mask of x; <see langword="null"/> for no dropout.</param>
    /// <param name="gradient">The gradient, (R, K), float32.</param>
    public static void AddOuter(Tensor z, Tensor x, DropoutMask? dropout, Tensor gradient)
    {
        if (ElementTypes.IsBFloat16(x))
        {
            AddOuter<BFloat16Element>(z, x, dropout, gradient);
        }
        else
        {
            AddOuter<Float32Element>(z, x, dropout, gradient);
        }
    }

    private static void Project<T>(Tensor x, Tensor a, double scale, DropoutMask? dropout, Tensor z)
        where T : unmanaged, IElement<T>
    {
        (long k, long ranks) = (x.shape[1], a.shape[0]);
        var input = TensorMemory.Of<T>(x);
        var factors = TensorMemory.Of<Float32Element>(a);
        var output = TensorMemory.Of<float>(z);
        ParallelRows.For(x.shape[0], k * ranks / 2, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                var source = input + (row * k);
                var target = output + (row * ranks);
                long r = 0;
                for (; r + RankBlock <= ranks; r += RankBlock)
                {
                    ProjectEight(source, factors + (r * k), k, (float)scale, dropout, row, target + r);
                }

                for (; r < ranks; r++)
                {
                    ProjectOne(source, factors + (r * k), k, (float)scale, dropout, row, target + r);
                }
            }
        });
    }

    private static void Expand<T>(Tensor z, Tensor a, DropoutMask? dropout, Tensor y)
        where T : unmanaged, IElement<T>
    {
        (long m, long ranks) = (a.shape[1], a.shape[0]);
        var input = TensorMemory.Of<float>(z);
        var factors = TensorMemory.Of<Float32Element>(a);
        var output = TensorMemory.Of<T>(y);
        ParallelRows.For(z.shape[0], m * ranks / 2, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                ExpandRow(input + (row * ranks), factors, ranks, m, dropout, row, output + (row * m));
            }
        });
    }

    // A thread computes columns, not rows. So the order of each sum does not depend on the number of threads.
    private static void AddOuter<T>(Tensor z, Tensor x, DropoutMask? dropout, Tensor gradient)
        where T : unmanaged, IElement<T>
    {
        (long rows, long k, long ranks) = (x.shape[0], x.shape[1], z.shape[1]);
        var weights = TensorMemory.Of<float>(z);
        var input = TensorMemory.Of<T>(x);
        var output = TensorMemory.Of<Float32Element>(gradient);
        ParallelRows.For((k + Vectors.Width - 1) / Vectors.Width, rows * ranks * Vectors.Width / 2, (start, end) =>
        {
            for (long i = start * Vectors.Width; i < Math.Min(k, end * Vectors.Width); i += Vectors.Width)
            {
                long r = 0;
                for (; r + RankBlock <= ranks; r += RankBlock)
                {
                    AddOuterEight(weights + r, ranks, input, rows, k, i, dropout, output + (r * k));
                }

                for (; r < ranks; r++)
                {
                    AddOuterOne(weights + r, ranks, input, rows, k, i, dropout, output + (r * k));
                }
            }
        });
    }

    private static void ProjectEight<T>(
        T* x, Float32Element* a, long k, float scale, DropoutMask? dropout, long row, float* z)
        where T : unmanaged, IElement<T>
    {
        var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        var (s4, s5, s6, s7) = (s0, s0, s0, s0);
        Float32Element* a1 = a + k, a2 = a1 + k, a3 = a2 + k, a4 = a3 + k, a5 = a4 + k, a6 = a5 + k, a7 = a6 + k;
        for (long i = 0; i < k; i += Vectors.Width)
        {
            long left = k - i;
            var v = Vectors.Load(x + i, left);
            if (dropout is not null)
            {
                v = dropout.Apply(v, row, i);
            }

            s0 = Vector512.FusedMultiplyAdd(v, Vectors.Load(a + i, left), s0);
            s1 = Vector512.FusedMultiplyAdd(v, Vectors.Load(a1 + i, left), s1);
            s2 = Vector512.FusedMultiplyAdd(v, Vectors.Load(a2 + i, left), s2);
            s3 = Vector512.FusedMultiplyAdd(v, Vectors.Load(a3 + i, left), s3);
            s4 = Vector512.FusedMultiplyAdd(v, Vectors.Load(a4 + i, left), s4);
            s5 = Vector512.FusedMultiplyAdd(v, Vectors.Load(a5 + i, left), s5);
            s6 = Vector512.FusedMultiplyAdd(v, Vectors.Load(a6 + i, left), s6);
            s7 = Vector512.FusedMultiplyAdd(v, Vectors.Load(a7 + i, left), s7);
        }

        (z[0], z[1], z[2], z[3]) = (scale * Vector512.Sum(s0), scale * Vector512.Sum(s1), scale * Vector512.Sum(s2), scale * Vector512.Sum(s3));
        (z[4], z[5], z[6], z[7]) = (scale * Vector512.Sum(s4), scale * Vector512.Sum(s5), scale * Vector512.Sum(s6), scale * Vector512.Sum(s7));
    }

    private static void ProjectOne<T>(T* x, Float32Element* a, long k, float scale, DropoutMask? dropout, long row, float* z)
        where T : unmanaged, IElement<T>
    {
        var sum = Vector512<float>.Zero;
        for (long i = 0; i < k; i += Vectors.Width)
        {
            var v = Vectors.Load(x + i, k - i);
            sum = Vector512.FusedMultiplyAdd(dropout is null ? v : dropout.Apply(v, row, i), Vectors.Load(a + i, k - i), sum);
        }

        *z = scale * Vector512.Sum(sum);
    }

    [SkipLocalsInit]
    private static void ExpandRow<T>(float* z, Float32Element* a, long ranks, long m, DropoutMask? dropout, long row, T* y)
        where T : unmanaged, IElement<T>
    {
        float* sums = stackalloc float[ExpandedColumns];
        for (long first = 0; first < m; first += ExpandedColumns)
        {
            long count = Math.Min(ExpandedColumns, m - first);
            new Span<float>(sums, (int)Math.Min(ExpandedColumns, count + Vectors.Width)).Clear();
            long r = 0;
            for (; r + RankBlock <= ranks; r += RankBlock)
            {
                ExpandEight(z + r, a + (r * m) + first, m, count, sums);
            }

            for (; r < ranks; r++)
            {
                ExpandOne(z[r], a + (r * m) + first, count, sums);
            }

            for (long i = 0; i < count; i += Vectors.Width)
            {
                var sum = Vector512.Load(sums + i);
                if (dropout is not null)
                {
                    sum = dropout.Apply(sum, row, first + i);
                }

                Vectors.Store(y + first + i, Vectors.Load(y + first + i, count - i) + sum, count - i);
            }
        }
    }

    private static void ExpandEight(float* z, Float32Element* a, long m, long count, float* sums)
    {
        var (z0, z1, z2, z3) = (Vector512.Create(z[0]), Vector512.Create(z[1]), Vector512.Create(z[2]), Vector512.Create(z[3]));
        var (z4, z5, z6, z7) = (Vector512.Create(z[4]), Vector512.Create(z[5]), Vector512.Create(z[6]), Vector512.Create(z[7]));
        Float32Element* a1 = a + m, a2 = a1 + m, a3 = a2 + m, a4 = a3 + m, a5 = a4 + m, a6 = a5 + m, a7 = a6 + m;
        for (long i = 0; i < count; i += Vectors.Width)
        {
            long left = count - i;
            var sum = Vector512.Load(sums + i);
            sum = Vector512.FusedMultiplyAdd(Vectors.Load(a + i, left), z0, sum);
            sum = Vector512.FusedMultiplyAdd(Vectors.Load(a1 + i, left), z1, sum);
            sum = Vector512.FusedMultiplyAdd(Vectors.Load(a2 + i, left), z2, sum);
            sum = Vector512.FusedMultiplyAdd(Vectors.Load(a3 + i, left), z3, sum);
            sum = Vector512.FusedMultiplyAdd(Vectors.Load(a4 + i, left), z4, sum);
            sum = Vector512.FusedMultiplyAdd(Vectors.Load(a5 + i, left), z5, sum);
            sum = Vector512.FusedMultiplyAdd(Vectors.Load(a6 + i, left), z6, sum);
            sum = Vector512.FusedMultiplyAdd(Vectors.Load(a7 + i, left), z7, sum);
            sum.Store(sums + i);
        }
    }

    private static void ExpandOne(float z, Float32Element* a, long count, float* sums)
    {
        for (long i = 0; i < count; i += Vectors.Width)
        {
            Vector512.FusedMultiplyAdd(Vectors.Load(a + i, count - i), Vector512.Create(z), Vector512.Load(sums + i)).Store(sums + i);
        }
    }

    private static void AddOuterEight<T>(
        float* z, long ranks, T* x, long rows, long k, long i, DropoutMask? dropout, Float32Element* gradient)
        where T : unmanaged, IElement<T>
    {
        long left = k - i;
        gradient += i;
        var (s0, s1) = (Vectors.Load(gradient, left), Vectors.Load(gradient + k, left));
        var (s2, s3) = (Vectors.Load(gradient + (2 * k), left), Vectors.Load(gradient + (3 * k), left));
        var (s4, s5) = (Vectors.Load(gradient + (4 * k), left), Vectors.Load(gradient + (5 * k), left));
        var (s6, s7) = (Vectors.Load(gradient + (6 * k), left), Vectors.Load(gradient + (7 * k), left));
        for (long row = 0; row < rows; row++, z += ranks)
        {
            var v = Vectors.Load(x + (row * k) + i, left);
            if (dropout is not null)
            {
                v = dropout.Apply(v, row, i);
            }

            s0 = Vector512.FusedMultiplyAdd(v, Vector512.Create(z[0]), s0);
            s1 = Vector512.FusedMultiplyAdd(v, Vector512.Create(z[1]), s1);
            s2 = Vector512.FusedMultiplyAdd(v, Vector512.Create(z[2]), s2);
            s3 = Vector512.FusedMultiplyAdd(v, Vector512.Create(z[3]), s3);
            s4 = Vector512.FusedMultiplyAdd(v, Vector512.Create(z[4]), s4);
            s5 = Vector512.FusedMultiplyAdd(v, Vector512.Create(z[5]), s5);
            s6 = Vector512.FusedMultiplyAdd(v, Vector512.Create(z[6]), s6);
            s7 = Vector512.FusedMultiplyAdd(v, Vector512.Create(z[7]), s7);
        }

        Vectors.Store(gradient, s0, left);
        Vectors.Store(gradient + k, s1, left);
        Vectors.Store(gradient + (2 * k), s2, left);
        Vectors.Store(gradient + (3 * k), s3, left);
        Vectors.Store(gradient + (4 * k), s4, left);
        Vectors.Store(gradient + (5 * k), s5, left);
        Vectors.Store(gradient + (6 * k), s6, left);
        Vectors.Store(gradient + (7 * k), s7, left);
    }

    private static void AddOuterOne<T>(
        float* z, long ranks, T* x, long rows, long k, long i, DropoutMask? dropout, Float32Element* gradient)
        where T : unmanaged, IElement<T>
    {
        var sum = Vectors.Load(gradient + i, k - i);
        for (long row = 0; row < rows; row++)
        {
            var v = Vectors.Load(x + (row * k) + i, k - i);
            sum = Vector512.FusedMultiplyAdd(dropout is null ? v : dropout.Apply(v, row, i), Vector512.Create(z[row * ranks]), sum);
        }

        Vectors.Store(gradient + i, sum, k - i);
    }
}
