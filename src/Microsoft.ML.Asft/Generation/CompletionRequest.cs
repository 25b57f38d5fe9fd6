namespace Microsoft.ML.Asft.Generation;

/// <summary>A request for completions of one prompt.</summary>
/// <param name="Prompt">The prompt's tokens, at least one.</param>
/// <param name="Options">The options of generation.</param>
/// <param name="Samples">The number of completions, 1 or more.</param>
public sealed record CompletionRequest(IReadOnlyList<int> Prompt, GenerationOptions Options, int Samples = 1)
{
    /// <summary>
    /// Gets the tokens that end a completion; <see langword="null"/> for those of the model and its template. Set it for a prompt that another
    /// template wrote (<see cref="Data.Examples.ExampleEncoder.StopTokens"/>).
    /// </summary>
    public IReadOnlyCollection<int>? StopTokenIds { get; init; }
}
