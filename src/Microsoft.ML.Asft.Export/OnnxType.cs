namespace Microsoft.ML.Asft.Export;

/// <summary>The number format of an ONNX model: of its weights, its activations and its cache.</summary>
public enum OnnxType
{
    /// <summary>float32, 4 bytes a number.</summary>
    Float32,

    /// <summary>float16, 2 bytes a number, at most 65504. A model with larger numbers is an error.</summary>
    Float16,
}
