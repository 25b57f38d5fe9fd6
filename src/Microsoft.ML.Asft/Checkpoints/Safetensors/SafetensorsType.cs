using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Safetensors;

/// <summary>The element types of the safetensors format: their bits, and the corresponding types of torch.</summary>
internal static class SafetensorsType
{
    private static readonly Dictionary<string, (int Bits, ScalarType? DType)> Known = new()
    {
        ["F64"] = (64, ScalarType.Float64),
        ["F32"] = (32, ScalarType.Float32),
        ["F16"] = (16, ScalarType.Float16),
        ["BF16"] = (16, ScalarType.BFloat16),
        ["I64"] = (64, ScalarType.Int64),
        ["I32"] = (32, ScalarType.Int32),
        ["I16"] = (16, ScalarType.Int16),
        ["I8"] = (8, ScalarType.Int8),
        ["U8"] = (8, ScalarType.Byte),
        ["BOOL"] = (8, ScalarType.Bool),
        ["C64"] = (64, null),
        ["U64"] = (64, null),
        ["U32"] = (32, null),
        ["U16"] = (16, null),
        ["F8_E5M2"] = (8, null),
        ["F8_E4M3"] = (8, null),
        ["F8_E8M0"] = (8, null),
        ["F6_E2M3"] = (6, null),
        ["F6_E3M2"] = (6, null),
        ["F4"] = (4, null),
    };

    private static readonly Dictionary<ScalarType, string> Names =
        Known.Where(type => type.Value.DType is not null).ToDictionary(type => type.Value.DType!.Value, type => type.Key);

    /// <summary>Gets the types that can be read, for error messages.</summary>
    public static string Readable { get; } = string.Join(", ", Known.Where(type => type.Value.DType is not null).Select(type => type.Key));

    /// <summary>Gets the bits of an element, or <see langword="null"/> for a type that the format does not have.</summary>
    public static int? BitsOf(string type) => Known.TryGetValue(type, out var known) ? known.Bits : null;

    /// <summary>Gets torch's type, or <see langword="null"/> if there is none.</summary>
    public static ScalarType? DTypeOf(string type) => Known.TryGetValue(type, out var known) ? known.DType : null;

    /// <summary>Gets the format's name of a torch type, or <see langword="null"/> if there is none.</summary>
    public static string? NameOf(ScalarType dtype) => Names.GetValueOrDefault(dtype);

    /// <summary>Gets the bytes of an element.</summary>
    public static int SizeOf(ScalarType dtype) => Known[Names[dtype]].Bits / 8;
}
