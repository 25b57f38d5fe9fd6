namespace Microsoft.ML.Asft.Browser.Tests;

/// <summary>What a page in a browser came to: see inspect.js.</summary>
/// <param name="Problems">What is wrong, a line each.</param>
/// <param name="Texts">How many pieces of text were looked at.</param>
/// <param name="Charts">How many charts.</param>
/// <param name="Curves">How many lines of charts.</param>
/// <param name="Background">The page's own colour.</param>
internal sealed record PageFindings(IReadOnlyList<string> Problems, int Texts, int Charts, int Curves, string Background)
{
    /// <summary>Gets the addresses that the page asked for.</summary>
    public IReadOnlyList<string> Requests { get; init; } = [];
}
