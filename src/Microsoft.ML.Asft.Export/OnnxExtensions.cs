using Microsoft.ML.Asft.Export.Onnx;

namespace Microsoft.ML.Asft.Export;

/// <summary>Writes models as ONNX folders, for ONNX Runtime GenAI.</summary>
public static class OnnxExtensions
{
    /// <summary>
    /// Writes a model, its adapter merged, as a folder that ONNX Runtime GenAI loads: <c>genai_config.json</c>, <c>model.onnx</c>, its weights in
    /// <c>model.onnx.data</c>, and the tokenizer's files. The files get their names only when all are complete. Weights are copied one at
    /// a time.
    /// </summary>
    /// <param name="model">The model. It must not be trained or disposed during the export.</param>
    /// <param name="folder">The folder; it is created if it does not exist. Files of the same names are replaced.</param>
    /// <param name="options">The options; the defaults if <see langword="null"/>.</param>
    /// <returns>The result, with warnings about what the folder cannot express.</returns>
    /// <exception cref="InvalidOperationException">The model was made in code.</exception>
    /// <exception cref="NotSupportedException">
    /// ONNX Runtime GenAI cannot run the model, or a number does not fit the format; the message says what and what to do instead.
    /// </exception>
    public static OnnxResult ExportOnnx(this AsftTransformer model, string folder, OnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new OnnxExport(model, Path.GetFullPath(folder), options ?? new OnnxOptions()).Write();
    }
}
