using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Microsoft.ML.Asft.Tests.Training.Optimization;

public class AdamWTests
{
    [Fact]
    public void Steps_are_those_of_the_algorithm_computed_by_hand()
    {
        using var scope = NewDisposeScope();
        double[] start = [0.5, -1.5, 2.0, 0.25];
        var matrix = new Parameter(tensor(start.Select(x => (float)x).ToArray()).view(2, 2));
        using var parameters = new FlatParameters([("matrix", matrix)]);
        using var updater = new ParameterUpdater(parameters, new() { Beta2 = 0.99, WeightDecay = 0.1 });
        double[] value = [.. start];
        double[] first = new double[4];
        double[] second = new double[4];
        for (int step = 1; step <= 5; step++)
        {
            double[] gradient = [.. Enumerable.Range(0, 4).Select(i => Math.Sin((step * 3) + i))];
            parameters.Gradients.copy_(tensor(gradient.Select(x => (float)x).ToArray()));
            updater.Step(0.01, gradientScale: 0.5);
            for (int i = 0; i < 4; i++)
            {
                double g = gradient[i] * 0.5;
                value[i] *= 1 - (0.01 * 0.1);
                first[i] = (0.9 * first[i]) + (0.1 * g);
                second[i] = (0.99 * second[i]) + (0.01 * g * g);
                value[i] -= 0.01 * (first[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(second[i] / (1 - Math.Pow(0.99, step))) + 1e-8);
            }
        }

        Assert.All(matrix.detach().reshape(-1).data<float>().ToArray().Zip(value), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
        Assert.Equal(0, parameters.Gradients.abs().sum().item<float>());
    }

    [Fact]
    public void Weight_decay_leaves_vectors_alone()
    {
        using var scope = NewDisposeScope();
        var matrix = new Parameter(ones([2, 2]));
        var vector = new Parameter(ones([3]));
        using var parameters = new FlatParameters([("vector", vector), ("matrix", matrix)]);
        using var updater = new ParameterUpdater(parameters, new() { WeightDecay = 0.5 });
        updater.Step(0.1, gradientScale: 1);
        Assert.Equal(0.95f, matrix[0, 0].item<float>(), 1e-6f);
        Assert.Equal(1f, vector[0].item<float>());
    }

    [Fact]
    public void Bfloat16_parameters_follow_a_float32_master()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(ones([1, 1]).to_type(ScalarType.BFloat16));
        using var parameters = new FlatParameters([("weight", weight)]);
        using var updater = new ParameterUpdater(parameters, new());
        for (int i = 0; i < 100; i++)
        {
            // Each step is far below what bfloat16 can add to 1.
            weight.mul(1.0).sum().backward();
            parameters.CollectGradients();
            updater.Step(1e-4, gradientScale: 1);
        }

        Assert.Equal(0.99f, parameters.Values[0].item<float>(), 1e-5f);
        Assert.Equal(0.99f, weight.to_type(ScalarType.Float32)[0, 0].item<float>(), 0.004f);
    }
}
