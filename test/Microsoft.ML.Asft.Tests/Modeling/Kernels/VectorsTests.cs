using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Kernels;

namespace Microsoft.ML.Asft.Tests.Modeling.Kernels;

public class VectorsTests
{
    [Fact]
    public void The_exponential_is_exact_to_two_units_in_the_last_place()
    {
        for (float x = -103; x < 88.7f; x += 0.0013f)
        {
            double exact = Math.Exp(x);
            double unit = Math.Max(float.Epsilon, MathF.BitIncrement((float)exact) - (float)exact);
            Assert.InRange(Vectors.Exp(Vector512.Create(x))[0], exact - (2 * unit), exact + (2 * unit));
        }
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(float.MinValue, 0)]
    [InlineData(-104, 0)]
    [InlineData(0, 1)]
    [InlineData(89, float.PositiveInfinity)]
    [InlineData(float.MaxValue, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void The_exponential_of_numbers_at_the_edge(float x, float expected) => Assert.Equal(expected, Vectors.Exp(Vector512.Create(x))[7]);

    [Fact]
    public void The_hyperbolic_tangent_is_within_2e_7_of_it_and_one_far_out()
    {
        for (float x = -12; x < 12; x += 0.0013f)
        {
            Assert.Equal(Math.Tanh(x), Vectors.Tanh(Vector512.Create(x))[3], 2e-7);
        }

        Assert.Equal((-1f, 1f), (Vectors.Tanh(Vector512.Create(-1e30f))[0], Vectors.Tanh(Vector512.Create(1e30f))[0]));
        Assert.True(float.IsNaN(Vectors.Tanh(Vector512.Create(float.NaN))[0]));
    }

    [Fact]
    public void The_highest_of_sixteen_is_found_wherever_it_is()
    {
        for (int place = 0; place < Vectors.Width; place++)
        {
            Assert.Equal(-1, Vectors.Max(Vector512.Create(-2f).WithElement(place, -1)));
        }
    }

    [Fact]
    public void Of_fewer_than_sixteen_nothing_else_is_touched()
    {
        CheckParts<Float32Element>();
        CheckParts<BFloat16Element>();
    }

    private static unsafe void CheckParts<T>()
        where T : unmanaged, IElement<T>
    {
        T[] space = new T[2 * Vectors.Width];
        fixed (T* memory = space)
        {
            CheckParts(memory, memory + Vectors.Width);
        }
    }

    private static unsafe void CheckParts<T>(T* memory, T* other)
        where T : unmanaged, IElement<T>
    {
        var numbers = Vector512<float>.Indices + Vector512<float>.One;
        for (int count = 0; count <= Vectors.Width; count++)
        {
            T.Store(memory, numbers);
            var part = Vectors.Load(memory, count, float.NegativeInfinity);
            var few = Vectors.LoadFirst(memory, count, float.NegativeInfinity);
            T.Store(memory, numbers);
            T.Store(other, numbers);
            Vectors.Store(memory, -numbers, count);
            Vectors.StoreFirst(other, -numbers, count);
            for (int i = 0; i < Vectors.Width; i++)
            {
                float loaded = i < count ? i + 1 : float.NegativeInfinity;
                float stored = i < count ? -i - 1 : i + 1;
                Assert.Equal((loaded, loaded, stored, stored), (part[i], few[i], T.Load(memory)[i], T.Load(other)[i]));
            }
        }
    }
}
