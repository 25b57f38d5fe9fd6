namespace Microsoft.ML.Asft.Templates;

/// <summary>A chat template as it stands in a model's folder.</summary>
/// <param name="Text">The template itself.</param>
/// <param name="Place">Its file and the place in it, for messages.</param>
/// <param name="File">Its file's name.</param>
internal sealed record ChatTemplateSource(string Text, string Place, string File);
