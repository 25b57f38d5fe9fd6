using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Objectives;

/// <summary>What a gradient is compared with.</summary>
internal static class Gradients
{
    /// <summary>Finite differences of a loss by each of its values.</summary>
    public static void Check(double[][] values, Tensor gradient, Func<double> loss)
    {
        const double step = 1e-5;
        for (int i = 0; i < values.Length; i++)
        {
            for (int j = 0; j < values[i].Length; j++)
            {
                double value = values[i][j];
                values[i][j] = value + step;
                double above = loss();
                values[i][j] = value - step;
                double below = loss();
                values[i][j] = value;
                Assert.Equal((above - below) / (2 * step), gradient[i, j].item<double>(), 1e-7);
            }
        }
    }

    /// <summary>Another gradient, by the norm of the difference.</summary>
    public static void Near(Tensor expected, Tensor actual, double relative)
    {
        double error = expected.sub(actual.to_type(ScalarType.Float64)).norm().item<double>() / expected.norm().item<double>();
        Assert.True(error < relative, $"The relative error is {error}.");
    }
}
