using System.Runtime.Intrinsics.X86;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// Products of many rows with a projection's weights, <c>y = x·Wᵀ</c> and <c>dx = dy·W</c>, outside autograd.
/// libtorch computes float32 products with MKL, which uses at most AVX2 on processors that Intel did not make. Its convolutions use oneDNN,
/// which uses AVX-512 everywhere. A transposed convolution of size 1 × 1 is such a product, and is 1.4 to 1.55 times as fast there (docs/performance.md).
/// A plain convolution would need no transposed weights, but that of libtorch 2.10 is wrong for many numbers of outputs
/// that are no multiple of 64 (float32, AVX-512, channels last): its last outputs are those of other weights.
/// </summary>
internal static class DenseProduct
{
    // oneDNN copies the weights into its own layout at every call. For a head of a large vocabulary that takes as long as it saves.
    private const long MaxWeightBytes = 1 << 26;

    // oneDNN compiles a product for each number of rows, which takes longer than a small product itself.
    private const long MinMultiplications = 200_000_000;

    // libtorch does not call oneDNN for smaller inputs.
    private const long MinElements = 20_480;

    // On one thread libtorch calls oneDNN for 1 × 1 filters only if they are dilated. Dilation does not change what a 1 × 1 filter computes.
    private static readonly long[] Dilation = [2, 2];

    private static readonly bool ConvolutionIsFaster = Avx512F.IsSupported && !IsMadeByIntel();

    /// <summary>y = x·Wᵀ, or y += x·Wᵀ.</summary>
    /// <param name="x">(N, in).</param>
    /// <param name="weight">(out, in).</param>
    /// <param name="y">(N, out).</param>
    /// <param name="add">Whether y is added to.</param>
    /// <returns>y.</returns>
    public static Tensor Multiply(Tensor x, Tensor weight, Tensor y, bool add)
    {
        if (UsesConvolution(x, weight, y))
        {
            MultiplyByConvolution(x, weight, y, add);
            return y;
        }

        return y.addmm_(x, weight.t(), beta: add ? 1 : 0);
    }

    /// <summary>dx = dy·W, or dx += dy·W.</summary>
    /// <param name="outputGradient">dy, (N, out).</param>
    /// <param name="weight">(out, in).</param>
    /// <param name="inputGradient">dx, (N, in).</param>
    /// <param name="add">Whether dx is added to.</param>
    public static void MultiplyTransposed(Tensor outputGradient, Tensor weight, Tensor inputGradient, bool add)
    {
        if (UsesConvolution(outputGradient, weight, inputGradient))
        {
            MultiplyTransposedByConvolution(outputGradient, weight, inputGradient, add);
        }
        else
        {
            inputGradient.addmm_(outputGradient, weight, beta: add ? 1 : 0);
        }
    }

    /// <summary>x·Wᵀ + b. It may run under autograd.</summary>
    /// <param name="input">x of shape (…, in).</param>
    /// <param name="weight">W of shape (out, in).</param>
    /// <param name="bias">b of shape (out), or none.</param>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
    {
        long[] shape = input.shape;
        using var x = input.reshape(-1, shape[^1]);
        if (is_grad_enabled() || !UsesConvolution(x, weight, x))
        {
            return nn.functional.linear(input, weight, bias);
        }

        shape[^1] = weight.shape[0];
        var output = empty(shape, ScalarType.Float32);
        using var y = output.view(-1, shape[^1]);
        MultiplyByConvolution(x, weight, y, add: false);
        return bias is null ? output : output.Add_(bias);
    }

    internal static void MultiplyByConvolution(Tensor x, Tensor weight, Tensor y, bool add)
    {
        using var scope = NewDisposeScope();
        Store(Convolve(x, weight.t().contiguous()), y, add);
    }

    internal static void MultiplyTransposedByConvolution(Tensor outputGradient, Tensor weight, Tensor inputGradient, bool add)
    {
        using var scope = NewDisposeScope();
        Store(Convolve(outputGradient, weight), inputGradient, add);
    }

    private static bool UsesConvolution(Tensor input, Tensor weight, Tensor output) =>
        ConvolutionIsFaster && input.dtype == ScalarType.Float32 && weight.dtype == ScalarType.Float32 && output.dtype == ScalarType.Float32
        && input.device_type == TorchSharp.DeviceType.CPU && weight.is_contiguous()
        && weight.NumberOfElements * sizeof(float) <= MaxWeightBytes
        && input.shape[0] * weight.NumberOfElements >= MinMultiplications && input.NumberOfElements > MinElements;

    // x·f of x (N, A) and f (A, B). The rows of x are the pixels of an image of height 1, (1, A, 1, N), whose channels-last layout is the memory of x.
    private static Tensor Convolve(Tensor x, Tensor filter)
    {
        var image = x.unsqueeze(0).unsqueeze(0).permute(0, 3, 1, 2);
        var result = nn.functional.conv_transpose2d(image, filter.view(filter.shape[0], filter.shape[1], 1, 1), dilation: Dilation);   // (1, B, 1, N)
        return result.permute(0, 2, 3, 1).view(x.shape[0], filter.shape[1]);
    }

    private static void Store(Tensor rows, Tensor y, bool add) => _ = add ? y.Add_(rows) : y.copy_(rows);

    private static bool IsMadeByIntel() => X86Base.CpuId(0, 0).Ebx == 0x756E6547;   // "Genu" of "GenuineIntel"
}
