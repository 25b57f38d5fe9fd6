using Microsoft.ML.Asft.Modeling.Storage;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>A weight (out, in) in memory, row after row.</summary>
/// <param name="data">The first number.</param>
/// <param name="format">The format of the numbers.</param>
/// <param name="outputs">The number of rows.</param>
/// <param name="inputs">The length of a row; a multiple of 32 for <see cref="WeightFormat.Int8"/>.</param>
internal readonly unsafe struct WeightMatrix(void* data, WeightFormat format, int outputs, int inputs)
{
    public void* Data => data;

    public WeightFormat Format => format;

    public int Outputs => outputs;

    public int Inputs => inputs;

    /// <summary>Gets the bytes of a row.</summary>
    public int RowBytes => format switch
    {
        WeightFormat.Float32 => inputs * sizeof(float),
        WeightFormat.BFloat16 => inputs * sizeof(ushort),
        _ => inputs / Int8Blocks.Length * Int8Blocks.Bytes,
    };

    /// <summary>The memory of a tensor, which must be contiguous and stay alive.</summary>
    public static WeightMatrix Of(Tensor tensor) => new(
        TensorMemory.Of<byte>(tensor), ElementTypes.IsBFloat16(tensor) ? WeightFormat.BFloat16 : WeightFormat.Float32,
        (int)tensor.shape[0], (int)tensor.shape[1]);
}
