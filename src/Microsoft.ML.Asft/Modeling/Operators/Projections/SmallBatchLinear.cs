using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Projections;

/// <summary>
/// The projection of few rows, <c>y = x·Wᵀ + b</c>, as decoding needs it: all its time goes into reading W, once for all rows.
/// libtorch 2.10 takes 1.1 times as long for one row and 2 times for 8 and 24 in float32; in bfloat16 2 times for one row, but 0.9 times for 8 and
/// 0.5 times for 24, where this stays for the sake of the next sentence (docs/performance.md).
/// A row's result is, to the last bit, the same whatever rows are beside it. Sums are float32 whatever the format.
/// </summary>
internal static unsafe class SmallBatchLinear
{
    /// <summary>x·Wᵀ + b, by whichever way is faster.</summary>
    /// <param name="input">x of shape (…, in).</param>
    /// <param name="weight">W of shape (out, in).</param>
    /// <param name="bias">b of shape (out), or none.</param>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
    {
        var dtype = input.dtype;
        if (!SmallBatch.Fits(input) || weight.dtype != dtype || !weight.is_contiguous())
        {
            return DenseProduct.Linear(input, weight, bias);
        }

        long[] shape = input.shape;
        int inputs = (int)shape[^1];
        int rows = (int)(input.NumberOfElements / inputs);
        shape[^1] = weight.shape[0];
        int outputs = (int)shape[^1];
        var output = empty(shape, ScalarType.Float32);
        float* y = TensorMemory.Of<float>(output);
        using var x = (dtype == ScalarType.Float32 ? input : input.to_type(ScalarType.Float32)).contiguous();
        DecodeProduct.Run([new DecodeProduct(WeightMatrix.Of(weight), TensorMemory.Of<float>(x), y, outputs)], rows);
        output = output.to_type(dtype);
        return bias is null ? output : output.Add_(bias);
    }
}
