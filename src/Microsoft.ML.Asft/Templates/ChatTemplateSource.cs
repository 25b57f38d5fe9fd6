namespace Microsoft.ML.Asft.Templates;

/// <summary>A chat template of a model's folder.</summary>
/// <param name="Text">The template itself.</param>
/// <param name="Place">Its file and its position there, for messages.</param>
/// <param name="File">Its file's name.</param>
internal sealed record ChatTemplateSource(string Text, string Place, string File);
