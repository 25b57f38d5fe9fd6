namespace Microsoft.ML.Asft.Export;

/// <summary>The result of an export to ONNX.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Tensors">The number of weights.</param>
/// <param name="Bytes">The size of the weights' file.</param>
/// <param name="Warnings">Warnings about what the folder cannot express, one sentence each.</param>
public sealed record OnnxResult(string Folder, int Tensors, long Bytes, IReadOnlyList<string> Warnings);
