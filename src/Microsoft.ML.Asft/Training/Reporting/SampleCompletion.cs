namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>A prompt with its response in the data and the model's completions before and after training.</summary>
internal sealed record SampleCompletion(string Prompt, string Expected, string Before, string? After);
