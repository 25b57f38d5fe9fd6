using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Microsoft.ML.Asft.Tests.Training.Optimization;

public class LionTests
{
    [Fact]
    public void Steps_are_those_of_the_algorithm_computed_by_hand()
    {
        using var scope = NewDisposeScope();
        double[] value = [0.5, -1.5, 2.0, 0.25];
        double[] momentum = new double[4];
        var matrix = new Parameter(tensor(value.Select(x => (float)x).ToArray()).view(2, 2));
        using var parameters = new FlatParameters([("matrix", matrix)]);
        using var updater = new ParameterUpdater(
            parameters, new() { Algorithm = OptimizerAlgorithm.Lion, Beta1 = 0.9, Beta2 = 0.99, WeightDecay = 0.1 });
        for (int step = 1; step <= 5; step++)
        {
            double[] gradient = [.. Enumerable.Range(0, 4).Select(i => Math.Sin((step * 3) + i))];
            parameters.Gradients.copy_(tensor(gradient.Select(x => (float)x).ToArray()));
            updater.Step(0.01, gradientScale: 0.5);
            for (int i = 0; i < 4; i++)
            {
                double g = gradient[i] * 0.5;
                value[i] = (value[i] * (1 - (0.01 * 0.1))) - (0.01 * Math.Sign((0.9 * momentum[i]) + (0.1 * g)));
                momentum[i] = (0.99 * momentum[i]) + (0.01 * g);
            }
        }

        Assert.All(matrix.detach().reshape(-1).data<float>().ToArray().Zip(value), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
        Assert.Equal(0, parameters.Gradients.abs().sum().item<float>());
        Assert.Equal(["momentum"], updater.Optimizer.State.Keys);
    }
}
