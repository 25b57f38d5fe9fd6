#nullable enable
namespace TorchSharp;

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => Scalar.From((long)value);
    public static Scalar ToScalar(this sbyte value) => Scalar.From((long)value);
    public static Scalar ToScalar(this short value) => Scalar.From((long)value);
    public static Scalar ToScalar(this int value) => Scalar.From((long)value);
    public static Scalar ToScalar(this long value) => Scalar.From(value);
    public static Scalar ToScalar(this float value) => Scalar.From((double)value);
    public static Scalar ToScalar(this double value) => Scalar.From(value);
    public static Scalar ToScalar(this (float, float) value) => Scalar.From(value.Item1, value.Item2);
    public static Scalar ToScalar(this System.Numerics.Complex value) => Scalar.From(value.Real, value.Imaginary);
    public static Scalar ToScalar(this bool value) => Scalar.From(value);
    public static Scalar ToScalar(this Half value) => Scalar.From((double)value);

    public static Half ToHalf(this Scalar value) => (Half)value.ToNumber();
    public static float ToSingle(this Scalar value) => (float)value.ToNumber();
    public static double ToDouble(this Scalar value) => value.ToNumber();
    public static sbyte ToSByte(this Scalar value) => (sbyte)value.ToInteger();
    public static byte ToByte(this Scalar value) => (byte)value.ToInteger();
    public static short ToInt16(this Scalar value) => (short)value.ToInteger();
    public static int ToInt32(this Scalar value) => (int)value.ToInteger();
    public static long ToInt64(this Scalar value) => value.ToInteger();
    public static bool ToBoolean(this Scalar value) => value.ToNumber() != 0;
}
