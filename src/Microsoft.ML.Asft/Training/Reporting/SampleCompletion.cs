namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>A prompt with what the data answers, and the model before and after.</summary>
internal sealed record SampleCompletion(string Prompt, string Expected, string Before, string? After);
