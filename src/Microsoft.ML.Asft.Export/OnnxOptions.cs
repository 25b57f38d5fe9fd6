namespace Microsoft.ML.Asft.Export;

/// <summary>The options of an export to ONNX.</summary>
public sealed class OnnxOptions
{
    /// <summary>Gets or sets the number format.</summary>
    /// <value>The default value is <see cref="OnnxType.Float32"/>, which ONNX Runtime computes fastest on a CPU.</value>
    public OnnxType Type { get; set; }
}
