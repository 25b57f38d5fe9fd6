namespace Microsoft.ML.Asft.Export;

/// <summary>The options of an export to GGUF.</summary>
public sealed class GgufOptions
{
    /// <summary>Gets or sets the number format of the matrices.</summary>
    /// <value>
    /// The default value is <see langword="null"/>: <see cref="GgufType.BFloat16"/> for a model, and
    /// <see cref="GgufType.Float32"/> for only an adapter.
    /// </value>
    public GgufType? Type { get; set; }

    /// <summary>Gets or sets whether only the adapter is written, to be used with the base model's own GGUF file.</summary>
    /// <value>The default value is <see langword="false"/>: the whole model, with the adapter merged.</value>
    public bool AdapterOnly { get; set; }

    /// <summary>Gets or sets whether Ollama's <c>Modelfile</c> is written into the same folder.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool Modelfile { get; set; }

    /// <summary>Gets or sets the model's name in the file.</summary>
    /// <value>The default value is <see langword="null"/>: the name of the model's folder.</value>
    public string? Name { get; set; }
}
