using Microsoft.ML.Asft.Modeling.Operators.Attention;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Native;

/// <summary>
/// Calls with numbers, while another thread collects all the time. With TorchSharp's own conversion about two calls of 10,000 fail or compute with another
/// number, so that each of these tests would fail.
/// </summary>
public class ScalarOperatorsTests
{
    private const int Rounds = 1000;

    [Fact]
    public void A_number_lives_until_the_native_call_has_returned()
    {
        using var collections = new ConstantCollections();
        for (int round = 0; round < Rounds; round++)
        {
            using var scope = NewDisposeScope();
            var x = tensor(new double[] { -2, 3, 8 });
            var y = tensor(new double[] { 1, 2, 3 });
            var index = tensor(new long[] { 2 });
            var isThree = x.Eq(3);
            Is([-1, 5, 11], x.Add(y));
            Is([-1, 5, 11], x.clone().Add_(y));
            Is([-1.5, 4, 9.5], x.clone().Add_(y, 0.5));
            Is([-1.75, 3.25, 8.25], x.Add(0.25));
            Is([-1.75, 3.25, 8.25], x.clone().Add_(0.25));
            Is([-2.25, 2.75, 7.75], x.Sub(0.25));
            Is([-3, 4.5, 12], x.Mul(1.5));
            Is([-3, 4.5, 12], x.clone().Mul_(1.5));
            Is([-1, 1.5, 4], x.Div(2));
            Is([-1, 1.5, 4], x.clone().Div_(2));
            Is([-8, 27, 512], x.Pow(3));
            Is([0, 1, 0], isThree);
            Is([1, 0, 0], x.Lt(3));
            Is([0, 0, 1], x.Gt(3));
            Is([0, 1, 1], x.Ge(3));
            Is([2.5, 3, 8], x.ClampMin(2.5));
            Is([2.5, 3, 8], x.clone().ClampMin_(2.5));
            Is([2.5, 3, 4], x.clone().Clamp_(2.5, 4));
            Is([-2, 7, 8], x.MaskedFill(isThree, 7));
            Is([-2, 7, 8], x.clone().MaskedFill_(isThree, 7));
            Is([-2, 3, 9], x.clone().IndexAdd_(0, index, ones([1], ScalarType.Float64)));
            Is([-2, 3, 8.5], x.clone().IndexAdd_(0, index, ones([1], ScalarType.Float64), 0.5));
            Is([-1.5, 5, 12.5], x.clone().AddCMul_(y, y, 0.5));
            Is([0.5, 5.5, 10.5], x.clone().AddCDiv_(y, y, 2.5));
            Is([0, 1, 2], ScalarOperators.Arange(3, ScalarType.Int64));
            Is([0.5, 0.5], ScalarOperators.Full([2], 0.5, ScalarType.Float32));
            Is([0.5, 0.5, 0.5], ScalarOperators.FullLike(x, 0.5));
        }
    }

    [Fact]
    public void A_number_lives_until_a_compiled_script_has_returned()
    {
        using var collections = new ConstantCollections();
        using var noGrad = no_grad();
        using var norm = new RmsNorm(ones([2]), epsilon: 0.75);
        for (int round = 0; round < Rounds; round++)
        {
            using var scope = NewDisposeScope();
            Is([0.5, 0.5], norm.Fused(tensor(new float[] { 0.5f, 0.5f })));       // 0.5 / √(0.25 + 0.75)
            var key = tensor(new float[] { 1, 0 }).view(1, 1, 2, 1);
            var output = FusedAttention.Grouped(ones([1, 2, 2, 1]), key, key, scale: (float)Math.Log(3));
            Assert.Equal(0.75f, output[0, 1, 1, 0].item<float>(), 6);               // e^ln 3 / (e^ln 3 + 1)
        }
    }

    [Fact]
    public void Whole_numbers_keep_whole_tensors_whole()
    {
        using var x = tensor(new long[] { 1L << 53 });
        using var sum = x.Add(1);
        using var product = x.Mul(0.5);
        Assert.Equal((1L << 53) + 1, sum.item<long>());
        Assert.Equal(ScalarType.Float32, product.dtype);
    }

    private static void Is(double[] expected, Tensor actual) => Assert.Equal(expected, actual.to_type(ScalarType.Float64).data<double>().ToArray());

    private sealed class ConstantCollections : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _isOver;

        public ConstantCollections()
        {
            _thread = new Thread(() =>
            {
                while (!_isOver)
                {
                    GC.Collect(0);
                    GC.WaitForPendingFinalizers();
                }
            });
            _thread.Start();
        }

        public void Dispose()
        {
            _isOver = true;
            _thread.Join();
        }
    }
}
