namespace Microsoft.ML.Asft.Export;

/// <summary>The result of an export.</summary>
/// <param name="Path">The GGUF file.</param>
/// <param name="Tensors">The number of tensors in it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Modelfile">Ollama's Modelfile; <see langword="null"/> if none was requested.</param>
/// <param name="Warnings">Warnings about what the file cannot express, one sentence each.</param>
public sealed record GgufResult(string Path, int Tensors, long Bytes, string? Modelfile, IReadOnlyList<string> Warnings);
