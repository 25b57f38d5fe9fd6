#nullable enable
namespace TorchSharp;

public static partial class torch
{
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        ComplexFloat32 = 9,
        ComplexFloat64 = 10,
        Bool = 11,
        BFloat16 = 15,
    }

    public static ScalarType @bool = ScalarType.Bool;
    public static ScalarType uint8 = ScalarType.Byte;
    public static ScalarType int8 = ScalarType.Int8;
    public static ScalarType int16 = ScalarType.Int16;
    public static ScalarType int32 = ScalarType.Int32;
    public static ScalarType int64 = ScalarType.Int64;
    public static ScalarType bfloat16 = ScalarType.BFloat16;
    public static ScalarType float16 = ScalarType.Float16;
    public static ScalarType float32 = ScalarType.Float32;
    public static ScalarType float64 = ScalarType.Float64;
    public static ScalarType complex64 = ScalarType.ComplexFloat32;
    public static ScalarType complex128 = ScalarType.ComplexFloat64;
    public static ScalarType @short = ScalarType.Int16;
    public static ScalarType @int = ScalarType.Int32;
    public static ScalarType @long = ScalarType.Int64;
    public static ScalarType half = ScalarType.Float16;
    public static ScalarType @float = ScalarType.Float32;
    public static ScalarType @double = ScalarType.Float64;
    public static ScalarType cfloat = ScalarType.ComplexFloat32;
    public static ScalarType cdouble = ScalarType.ComplexFloat64;

    private static ScalarType _defaultType = ScalarType.Float32;

    private static readonly Dictionary<Type, ScalarType> _typeMap = new()
    {
        [typeof(bool)] = ScalarType.Bool,
        [typeof(byte)] = ScalarType.Byte,
        [typeof(sbyte)] = ScalarType.Int8,
        [typeof(short)] = ScalarType.Int16,
        [typeof(int)] = ScalarType.Int32,
        [typeof(long)] = ScalarType.Int64,
        [typeof(Half)] = ScalarType.Float16,
        [typeof(float)] = ScalarType.Float32,
        [typeof(double)] = ScalarType.Float64,
        [typeof((float, float))] = ScalarType.ComplexFloat32,
        [typeof(System.Numerics.Complex)] = ScalarType.ComplexFloat64,
    };

    internal static ScalarType ToScalarType(Type type) => _typeMap.TryGetValue(type, out var found) ? found
        : throw new NotSupportedException($"The type {type.FullName} is not supported.");

    public static bool is_integral(ScalarType type) => type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16
        or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool;

    public static bool is_floating_point(ScalarType type) =>
        type is ScalarType.BFloat16 or ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64;

    public static bool is_complex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    public static bool is_integral(Tensor t) => is_integral(t.dtype);
    public static bool is_floating_point(Tensor input) => is_floating_point(input.dtype);
    public static bool is_complex(Tensor input) => is_complex(input.dtype);
    public static bool is_nonzero(Tensor input) => input.is_nonzero();
    public static bool is_tensor(object obj) => obj is Tensor;
    public static long numel(Tensor input) => input.numel();

    public static ScalarType get_default_dtype() => _defaultType;

    public static void set_default_dtype(ScalarType dtype)
    {
        if (!is_floating_point(dtype)) throw new ArgumentException("only floating-point types are supported as the default type");
        _defaultType = dtype;
    }

    public static ScalarType result_type(Tensor tensor1, Tensor tensor2) =>
        (ScalarType)Interop.Dispatch.CallValue("result_type.Tensor", tensor1, tensor2).Integer;

    public static ScalarType promote_types(ScalarType type1, ScalarType type2) =>
        (ScalarType)Interop.Dispatch.CallValue("promote_types", type1, type2).Integer;

    public static bool can_cast(ScalarType from, ScalarType to) => Interop.Dispatch.CallValue("can_cast", from, to).Integer != 0;

    public struct FInfo
    {
        public int bits;
        public double eps;
        public double max;
        public double min;
        public double tiny;
        public double smallest_normal;
        public double resolution;
    }
}
