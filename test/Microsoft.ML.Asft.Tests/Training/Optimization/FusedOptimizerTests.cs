using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training.Optimization;

/// <summary>The optimizers of GPUs, run on the CPU, against those of the CPU, which are tested against the algorithms computed by hand.</summary>
public class FusedOptimizerTests
{
    private const int Count = 1000;

    public static TheoryData<OptimizerAlgorithm> Algorithms => [OptimizerAlgorithm.AdamW, OptimizerAlgorithm.Lion];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Values_and_state_are_those_of_the_optimizer_for_the_cpu(OptimizerAlgorithm algorithm)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var options = new OptimizerOptions { Algorithm = algorithm, Beta2 = 0.99, Epsilon = 1e-6 };
        var start = empty([Count]).uniform_(-1, 1, generator);    // where float32 has steps of 6e-8 at most
        var (plain, fused) = (start.clone(), start.clone());
        var (plainGradients, fusedGradients) = (zeros([Count]), zeros([Count]));
        using IOptimizer expected = algorithm == OptimizerAlgorithm.Lion
            ? new Lion(plain, plainGradients, options) : new AdamW(plain, plainGradients, options);
        using IOptimizer actual = algorithm == OptimizerAlgorithm.Lion
            ? new FusedLion(fused, fusedGradients, options) : new FusedAdamW(fused, fusedGradients, options);
        for (int step = 1; step <= 20; step++)
        {
            plainGradients.normal_(0, 1, generator);
            fusedGradients.copy_(plainGradients);
            expected.Step(step, 0.01 / step);
            actual.Step(step, 0.01 / step);
        }

        Assert.True(start.sub(plain).abs().max().item<float>() > 0.01);
        Close(plain, fused);
        Assert.Equal(expected.State.Keys, actual.State.Keys);
        foreach (string name in expected.State.Keys)
        {
            Assert.True(expected.State[name].abs().max().item<float>() > 0.01);
            Close(expected.State[name], actual.State[name]);
        }
    }

    private static void Close(Tensor expected, Tensor actual) => Assert.InRange(expected.sub(actual).abs().max().item<float>(), 0, 1e-6);
}
