using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Kernels;

public unsafe class TensorMemoryTests
{
    // The head of a model with 152,064 words and a width of 3,584 is as large in float32. Only the pages of the two numbers are ever used.
    [Fact]
    public void A_tensor_of_more_than_two_gigabytes_has_an_address_too()
    {
        using var scope = NewDisposeScope();
        var matrix = empty([1L << 20, 600], ScalarType.Float32);
        matrix[0, 1] = 3f;
        matrix[-1, -1] = 5f;
        float* numbers = TensorMemory.Of<float>(matrix);
        Assert.Equal((3f, 5f), (numbers[1], numbers[(600L << 20) - 1]));
    }
}
