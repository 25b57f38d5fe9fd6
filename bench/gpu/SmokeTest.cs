using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Gpu;

/// <summary>
/// Calls, once each, what a training step needs of libtorch. A libtorch that TorchSharp was not built for may lack a function or have changed it.
/// </summary>
internal static class SmokeTest
{
    public static object Run(Device device)
    {
        using var scope = NewDisposeScope();
        var a = arange(12, ScalarType.Float32, device).view(3, 4);
        Check("product", a.mm(a.t()).sum().item<float>(), 1134);
        Check("bfloat16 product", a.to_type(ScalarType.BFloat16).mm(a.t().to_type(ScalarType.BFloat16)).to_type(ScalarType.Float32).sum().item<float>(), 1134, 8);

        var x = a.clone().requires_grad_();
        x.mul(x).sum().backward();
        Check("gradient", x.grad!.sum().item<float>(), 132);

        var q = a.view(1, 1, 3, 4);
        var attended = nn.functional.scaled_dot_product_attention(q, q, q, is_casual: true);
        Check("attention", attended[0, 0, 0].sum().item<float>(), 6);

        using (var module = jit.compile("def twice(x):\n    return x * 2\n"))
        {
            Check("jit", ((Tensor)module.invoke("twice", a)!).sum().item<float>(), 132);
        }

        using var noGrad = no_grad();
        var values = zeros([4], ScalarType.Float32, device);
        values.addcdiv_(ones_like(values), full_like(values, 2), -1.0);
        Check("optimizer", values.sum().item<float>(), -2);
        Check("copy", a.cpu().sum().item<float>(), 66);
        return new { device = device.ToString(), gpus = cuda.is_available() ? cuda.device_count() : 0, torchsharp = typeof(Tensor).Assembly.GetName().Version!.ToString() };
    }

    private static void Check(string what, double actual, double expected, double tolerance = 1e-3)
    {
        if (!(Math.Abs(actual - expected) <= tolerance))
        {
            throw new InvalidOperationException($"libtorch's {what} gave {actual}; {expected} was expected. This libtorch does not fit TorchSharp.");
        }
    }
}
