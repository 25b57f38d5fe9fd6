using Microsoft.ML.Asft.Export.Gguf;

namespace Microsoft.ML.Asft.Export;

/// <summary>Writes models as GGUF files, for llama.cpp, LLamaSharp, Ollama and LM Studio.</summary>
public static class GgufExtensions
{
    /// <summary>
    /// Writes a model, or only its adapter, as a GGUF file. The file gets its name only when it is complete. Weights are copied
    /// one at a time.
    /// </summary>
    /// <param name="model">The model. It must not be trained or disposed during the export.</param>
    /// <param name="path">The file; it is replaced if it exists. Its folder is created.</param>
    /// <param name="options">The options; the defaults if <see langword="null"/>.</param>
    /// <returns>The result, with warnings about what the file cannot express.</returns>
    /// <exception cref="InvalidOperationException">
    /// The model was made in code, or only an adapter was requested but there is none.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// llama.cpp cannot compute the model, or cannot split texts as its tokenizer does; the message says what and what to do instead.
    /// </exception>
    public static GgufResult ExportGguf(this AsftTransformer model, string path, GgufOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new GgufExport(model, Path.GetFullPath(path), options ?? new GgufOptions()).Write();
    }
}
