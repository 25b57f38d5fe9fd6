using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Operators.Attention;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Gpu;

/// <summary>The forms of operators that only a GPU takes, on a device, against the forms that the CPU takes, on the CPU: results and gradients.</summary>
internal static class KernelParity
{
    private const int Calls = 4;   // TorchScript optimizes a function after its first calls

    public static object Run(Device device, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var distances = new Dictionary<string, double>
        {
            ["rms_norm"] = Norm(device, dtype, generator),
            ["rotary"] = Rotary(device, dtype, generator),
            ["grouped attention"] = Attention(device, dtype, generator),
            ["AdamW"] = Optimizer((v, g, o) => new AdamW(v, g, o), (v, g, o) => new FusedAdamW(v, g, o), device, generator),
            ["Lion"] = Optimizer((v, g, o) => new Lion(v, g, o), (v, g, o) => new FusedLion(v, g, o), device, generator),
        };
        foreach (var format in new[] { StorageFormat.Int8, StorageFormat.Nf4, StorageFormat.Nf4Double })
        {
            distances[format.ToString()] = Expansion(format, device, dtype, generator);
        }

        return new { worst = distances.MaxBy(pair => pair.Value).Key, distance = distances.Values.Max(), distances };
    }

    private static double Norm(Device device, ScalarType dtype, Generator generator)
    {
        var (x, weight) = (Random([2, 40, 64], dtype, generator), Random([64], dtype, generator));
        var (here, there) = (new RmsNorm(weight.clone(), 1e-6), new RmsNorm(weight.to(device, copy: true), 1e-6));
        return Distance(inputs => here.forward(inputs[0]), inputs => there.Fused(inputs[0]), [x], device);
    }

    private static double Rotary(Device device, ScalarType dtype, Generator generator)
    {
        var config = ModelConfig.Create("llama", 61, 64, 52, 1, 4, 2, headDim: 16);
        Tensor[] inputs = [Random([2, 4, 40, 16], dtype, generator), Random([2, 2, 40, 16], dtype, generator)];
        var (here, there) = (new RotaryEmbedding(config, dtype, CPU), new RotaryEmbedding(config, dtype, device));
        return Distance(
            x => Joined(here.At(0, 40).Apply(x[0], x[1])), x => Joined(there.At(0, 40).Fused(x[0], x[1])), inputs, device);

        static Tensor Joined((Tensor Queries, Tensor Keys) rotated) => cat([rotated.Queries, rotated.Keys], 1);
    }

    private static double Attention(Device device, ScalarType dtype, Generator generator)
    {
        Tensor[] inputs = [Random([2, 4, 40, 16], dtype, generator), Random([2, 2, 40, 16], dtype, generator), Random([2, 2, 40, 16], dtype, generator)];
        var causal = AttentionMask.Causal(() => throw new InvalidOperationException("The causal case needs no tensor."));
        return Distance(x => FusedAttention.Plain(x[0], x[1], x[2], 0.25, causal), x => FusedAttention.Grouped(x[0], x[1], x[2], 0.25), inputs, device);
    }

    private static double Optimizer(
        Func<Tensor, Tensor, OptimizerOptions, IOptimizer> plain, Func<Tensor, Tensor, OptimizerOptions, IOptimizer> fused, Device device, Generator generator)
    {
        var options = new OptimizerOptions { Epsilon = 1e-6 };
        var start = Random([1000], ScalarType.Float32, generator);
        var (values, gradients) = (start.clone(), zeros([1000]));
        var (moved, movedGradients) = (start.to(device, copy: true), zeros([1000], device: device));
        using var expected = plain(values, gradients, options);
        using var actual = fused(moved, movedGradients, options);
        for (int step = 1; step <= Calls; step++)
        {
            gradients.normal_(0, 1, generator);
            movedGradients.copy_(gradients);
            expected.Step(step, 0.01);
            actual.Step(step, 0.01);
        }

        return Distance(values.sub(start), moved.cpu().sub(start));
    }

    private static double Expansion(StorageFormat format, Device device, ScalarType dtype, Generator generator)
    {
        using var weight = StoredWeight.Of(Random([100, 72], ScalarType.Float32, generator), format, "w");
        using var moved = weight.To(device);
        return Distance(weight.Expanded(dtype), moved.Expanded(dtype).cpu());
    }

    // The larger one of the distances of the results and of the inputs' gradients.
    private static double Distance(Func<Tensor[], Tensor> plain, Func<Tensor[], Tensor> form, Tensor[] inputs, Device device)
    {
        Tensor[] here = [.. inputs.Select(x => x.clone().requires_grad_())];
        Tensor[] there = [.. inputs.Select(x => x.to(device, copy: true).requires_grad_())];
        var expected = plain(here);
        var upstream = expected.detach().cos();
        var expectedGradients = autograd.grad([expected], here, [upstream]);
        double worst = 0;
        for (int call = 0; call < Calls; call++)
        {
            var actual = form(there);
            worst = Math.Max(worst, Distance(expected, actual.cpu()));
            var gradients = autograd.grad([actual], there, [upstream.to(device)]);
            worst = Math.Max(worst, expectedGradients.Zip(gradients, (one, other) => Distance(one, other.cpu())).Max());
        }

        return worst;
    }

    // The length of the difference by that of what is expected.
    private static double Distance(Tensor expected, Tensor actual)
    {
        var e = expected.detach().to_type(ScalarType.Float64);
        return actual.detach().to_type(ScalarType.Float64).sub(e).norm().item<double>() / e.norm().item<double>();
    }

    private static Tensor Random(long[] shape, ScalarType dtype, Generator generator) => empty(shape).normal_(0, 1, generator).to_type(dtype);
}
