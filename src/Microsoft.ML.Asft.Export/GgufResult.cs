namespace Microsoft.ML.Asft.Export;

/// <summary>What was written.</summary>
/// <param name="Path">The GGUF file.</param>
/// <param name="Tensors">The number of tensors in it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Modelfile">Ollama's Modelfile; <see langword="null"/> where none was asked for.</param>
/// <param name="Warnings">What the file cannot say of the model, a sentence each.</param>
public sealed record GgufResult(string Path, int Tensors, long Bytes, string? Modelfile, IReadOnlyList<string> Warnings);
