using Microsoft.ML.Asft.Export.Gguf;

namespace Microsoft.ML.Asft.Export;

/// <summary>Models as GGUF files, which llama.cpp reads, and with it LLamaSharp, Ollama and LM Studio.</summary>
public static class GgufExtensions
{
    /// <summary>
    /// Writes a model, or its adapter alone, as a GGUF file. The file appears under its name only when it is complete. Of the
    /// weights, one at a time is copied.
    /// </summary>
    /// <param name="model">The model. It must not be trained or disposed meanwhile.</param>
    /// <param name="path">The file, replaced where it exists; its folder is made.</param>
    /// <param name="options">How; defaults when <see langword="null"/>.</param>
    /// <returns>What was written, and what the file cannot say of the model.</returns>
    /// <exception cref="InvalidOperationException">The model was made in code, or there is no adapter where one is to be written alone.</exception>
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
