#nullable enable
using TorchSharp.Interop;

namespace TorchSharp;

public sealed class Scalar : IDisposable
{
    private readonly Kind _kind;
    private bool _disposed;

    private Scalar(Kind kind, double real, double imaginary = 0) => (_kind, Real, Imaginary) = (kind, real, imaginary);

    private Scalar(Kind kind, long integer) => (_kind, Integer, Real) = (kind, integer, integer);

    internal double Real { get; }
    internal double Imaginary { get; }
    internal long Integer { get; }

    /// <summary>The numbers as libtorch keeps them: every integer has 64 bits and so has every real number.</summary>
    internal static Scalar From(long value) => new(Kind.Int, value);
    internal static Scalar From(double value) => new(Kind.Float, value);
    internal static Scalar From(bool value) => new(Kind.Bool, value ? 1 : 0);
    internal static Scalar From(double real, double imaginary) => new(Kind.Complex, real, imaginary);

    internal static Scalar From(Value value) => value.Kind switch
    {
        Kind.Int => From(value.Integer),
        Kind.Float => From(value.Number),
        Kind.Bool => From(value.Integer != 0),
        _ => throw new NotSupportedException($"A number of the kind {value.Kind} is not part of TorchSharp.Polyfill."),
    };

    internal Arg AsArgument()
    {
        if (_disposed) throw new InvalidOperationException("Scalar invalid -- empty handle.");
        return _kind switch
        {
            Kind.Float => Real,
            Kind.Complex => new Arg(Kind.Complex, 0, this),
            var kind => new Arg(kind, Integer),
        };
    }

    internal double ToNumber() => Real;

    internal long ToInteger() => _kind is Kind.Int or Kind.Bool ? Integer : (long)Real;

    public torch.ScalarType Type => _kind switch
    {
        Kind.Int => torch.ScalarType.Int64,
        Kind.Float => torch.ScalarType.Float64,
        Kind.Bool => torch.ScalarType.Bool,
        _ => torch.ScalarType.ComplexFloat64,
    };

    public static implicit operator Scalar(byte value) => value.ToScalar();
    public static implicit operator Scalar(sbyte value) => value.ToScalar();
    public static implicit operator Scalar(short value) => value.ToScalar();
    public static implicit operator Scalar(int value) => value.ToScalar();
    public static implicit operator Scalar(long value) => value.ToScalar();
    public static implicit operator Scalar(Half value) => value.ToScalar();
    public static implicit operator Scalar(float value) => value.ToScalar();
    public static implicit operator Scalar(double value) => value.ToScalar();
    public static implicit operator Scalar(bool value) => value.ToScalar();
    public static implicit operator Scalar((float, float) value) => value.ToScalar();
    public static implicit operator Scalar(System.Numerics.Complex value) => value.ToScalar();

    public void Dispose() => _disposed = true;
}
