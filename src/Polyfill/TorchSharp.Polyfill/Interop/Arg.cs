#nullable enable
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>
/// One argument of an operator as C# code writes it. It keeps the object it came from, so that no tensor is finalized
/// while the native part works on it.
/// </summary>
internal readonly struct Arg
{
    public readonly object? Source;
    public readonly long Bits;
    public readonly Kind Kind;
    public readonly int Count;

    public Arg(Kind kind, long bits, object? source = null, int count = 0) =>
        (Kind, Bits, Source, Count) = (kind, bits, source, count);

    public static implicit operator Arg(Tensor? value) => value is null ? default : new(Kind.Tensor, value.Handle, value);
    public static implicit operator Arg(long value) => new(Kind.Int, value);
    public static implicit operator Arg(long? value) => value is { } number ? new(Kind.Int, number) : default;
    public static implicit operator Arg(double value) => new(Kind.Float, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(double? value) => value is { } number ? (Arg)number : default;
    public static implicit operator Arg(bool value) => new(Kind.Bool, value ? 1 : 0);
    public static implicit operator Arg(string? value) => value is null ? default : new(Kind.String, 0, value);
    public static implicit operator Arg(ScalarType value) => new(Kind.Int, (long)value);
    public static implicit operator Arg(ScalarType? value) => value is { } type ? new(Kind.Int, (long)type) : default;
    public static implicit operator Arg(Scalar? value) => value is null ? default : value.AsArgument();
    public static implicit operator Arg(Device? value) => value is null ? default : new(Kind.Device, value.index, null, (int)value.type);
    public static implicit operator Arg(Generator? value) => value is null ? default : new(Kind.Generator, value.Handle, value);
    public static implicit operator Arg(long[]? value) => value is null ? default : new(Kind.Ints, 0, value, value.Length);
    public static implicit operator Arg(ReadOnlySpan<long> value) => value.ToArray();

    /// <summary>A list of one integer, which most operators take for their dimensions; it needs no array.</summary>
    public static Arg Dim(long value) => new(Kind.Ints, value, null, 1);

    public static Arg List(Tensor[] value) => new(Kind.Tensors, 0, value, value.Length);

    /// <summary>A list with holes: <see langword="null"/> entries are passed on as none.</summary>
    public static Arg OptionalList(Tensor?[] value) => new(Kind.OptionalTensors, 0, value, value.Length);
}
