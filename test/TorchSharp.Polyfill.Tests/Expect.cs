// Seeds and dispose scopes belong to libtorch and to the thread, so one test runs at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace TorchSharp.Polyfill.Tests;

/// <summary>Compares tensors with numbers that were worked out without libtorch.</summary>
internal static class Expect
{
    public static void Values(double[] expected, Tensor actual, double tolerance = 1e-6)
    {
        using var scope = NewDisposeScope();
        var values = actual.detach().cpu().to(float64).contiguous().data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++) {
            if (double.IsNaN(expected[i])) Assert.True(double.IsNaN(values[i]), $"[{i}] is {values[i]}, not NaN");
            else Assert.True(
                Math.Abs(expected[i] - values[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])) || expected[i] == values[i],
                $"[{i}] is {values[i]}, not {expected[i]}");
        }
    }

    public static void Shape(long[] expected, Tensor actual) => Assert.Equal(expected, actual.shape);

    /// <summary>The gradient of <paramref name="loss"/> at <paramref name="at"/> (float64) by central differences.</summary>
    public static void GradientByDifferences(Func<Tensor, Tensor> loss, Tensor at, double tolerance = 1e-6)
    {
        const double Step = 1e-5;
        using var scope = NewDisposeScope();
        var point = at.detach().clone().requires_grad_();
        loss(point).backward();
        var gradient = point.grad!.data<double>().ToArray();
        var values = at.contiguous().data<double>().ToArray();
        for (var i = 0; i < values.Length; i++) {
            var (up, down) = ((double[])values.Clone(), (double[])values.Clone());
            up[i] += Step;
            down[i] -= Step;
            var slope = (loss(tensor(up, at.shape)).ToDouble() - loss(tensor(down, at.shape)).ToDouble()) / (2 * Step);
            Assert.True(
                Math.Abs(slope - gradient[i]) <= tolerance * Math.Max(1, Math.Abs(slope)),
                $"the gradient's element {i} is {gradient[i]}, by differences {slope}");
        }
    }
}
