using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.Gpu;

/// <summary>The rate of large bfloat16 products: what the device can do at most, in the same minutes as the other figures.</summary>
internal static class ProductRate
{
    private const int Products = 10;
    private const int Rounds = 5;

    public static object Measure(Device device, int size)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var a = randn([size, size], ScalarType.Float32, device).to_type(ScalarType.BFloat16);
        var b = randn([size, size], ScalarType.Float32, device).to_type(ScalarType.BFloat16);
        var c = empty_like(a);
        double[] seconds = [.. Enumerable.Range(0, Rounds + 1).Select(_ => Time()).Skip(1).Order()];   // the first is not counted
        return new { flops = 2.0 * size * size * size * Products / seconds[Rounds / 2], size };

        double Time()
        {
            long started = Stopwatch.GetTimestamp();
            for (int i = 0; i < Products; i++)
            {
                c.addmm_(a, b, beta: 0);
            }

            Synchronize(device);
            return Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }

    /// <summary>Waits until the device has done all that it was asked for.</summary>
    public static void Synchronize(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize();
        }
    }
}
