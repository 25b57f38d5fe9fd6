using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Native;

/// <summary>
/// TorchSharp's operators with a number, named as PyTorch names them: x.Mul_(2) is x.mul_(2). TorchSharp makes a native scalar of the number and, once it has
/// read the pointer, holds it no longer. A garbage collection may then free the scalar while libtorch reads it: the call fails, or computes with another number.
/// x.add(y) has the same fault, with the factor 1 of y. Here the scalar lives until the call has returned. The build refuses TorchSharp's own
/// (eng/BannedSymbols.txt).
/// </summary>
internal static class ScalarOperators
{
    // A static field is never collected.
    private static readonly Scalar One = 1.ToScalar();

    public static Tensor Add(this Tensor x, Tensor y) => x.add(y, One);

    public static Tensor Add_(this Tensor x, Tensor y) => x.add_(y, One);

    public static Tensor Add_(this Tensor x, Tensor y, Number factor)
    {
        using var scalar = factor.ToScalar();
        return x.add_(y, scalar);
    }

    [OverloadResolutionPriority(1)]     // TorchSharp makes tensors of numbers, too
    public static Tensor Add(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.add(scalar, One);
    }

    [OverloadResolutionPriority(1)]
    public static Tensor Add_(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.add_(scalar, One);
    }

    public static Tensor Sub(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.sub(scalar);
    }

    public static Tensor Mul(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.mul(scalar);
    }

    public static Tensor Mul_(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.mul_(scalar);
    }

    public static Tensor Div(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.div(scalar);
    }

    public static Tensor Div_(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.div_(scalar);
    }

    public static Tensor Pow(this Tensor x, Number exponent)
    {
        using var scalar = exponent.ToScalar();
        return x.pow(scalar);
    }

    public static Tensor Eq(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.eq(scalar);
    }

    public static Tensor Lt(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.lt(scalar);
    }

    public static Tensor Gt(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.gt(scalar);
    }

    public static Tensor Ge(this Tensor x, Number y)
    {
        using var scalar = y.ToScalar();
        return x.ge(scalar);
    }

    public static Tensor ClampMin(this Tensor x, Number least)
    {
        using var scalar = least.ToScalar();
        return x.clamp_min(scalar);
    }

    public static Tensor ClampMin_(this Tensor x, Number least)
    {
        using var scalar = least.ToScalar();
        return x.clamp_min_(scalar);
    }

    public static Tensor Clamp_(this Tensor x, Number least, Number most)
    {
        using var low = least.ToScalar();
        using var high = most.ToScalar();
        return x.clamp_(low, high);
    }

    public static Tensor MaskedFill(this Tensor x, Tensor mask, Number value)
    {
        using var scalar = value.ToScalar();
        return x.masked_fill(mask, scalar);
    }

    public static Tensor MaskedFill_(this Tensor x, Tensor mask, Number value)
    {
        using var scalar = value.ToScalar();
        return x.masked_fill_(mask, scalar);
    }

    public static Tensor IndexAdd_(this Tensor x, long dimension, Tensor index, Tensor source) => x.index_add_(dimension, index, source, One);

    public static Tensor IndexAdd_(this Tensor x, long dimension, Tensor index, Tensor source, Number factor)
    {
        using var scalar = factor.ToScalar();
        return x.index_add_(dimension, index, source, scalar);
    }

    /// <summary>x += value · first · second.</summary>
    public static Tensor AddCMul_(this Tensor x, Tensor first, Tensor second, Number value)
    {
        using var scalar = value.ToScalar();
        return x.addcmul_(first, second, scalar);
    }

    /// <summary>x += value · first / second.</summary>
    public static Tensor AddCDiv_(this Tensor x, Tensor first, Tensor second, Number value)
    {
        using var scalar = value.ToScalar();
        return x.addcdiv_(first, second, scalar);
    }

    /// <summary>0, 1, …, length - 1.</summary>
    public static Tensor Arange(long length, ScalarType dtype, Device? device = null)
    {
        using var start = 0.ToScalar();
        using var stop = length.ToScalar();
        return arange(start, stop, One, dtype, device);
    }

    public static Tensor Full(long[] shape, Number value, ScalarType dtype, Device? device = null)
    {
        using var scalar = value.ToScalar();
        return full(shape, scalar, dtype, device);
    }

    public static Tensor FullLike(Tensor x, Number value)
    {
        using var scalar = value.ToScalar();
        return full_like(x, scalar);
    }

    /// <summary>A whole number or a real one: libtorch computes x·2 of whole numbers as whole numbers, x·2.0 as real ones.</summary>
    public readonly struct Number
    {
        private readonly double _real;
        private readonly long? _whole;

        private Number(double real, long? whole) => (_real, _whole) = (real, whole);

        public static implicit operator Number(double value) => new(value, null);

        public static implicit operator Number(long value) => new(0, value);

        public Scalar ToScalar() => _whole is { } whole ? whole.ToScalar() : _real.ToScalar();
    }
}
