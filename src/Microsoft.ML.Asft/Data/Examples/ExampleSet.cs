using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Data.Examples;

/// <summary>What was read of a data view.</summary>
/// <param name="Examples">The rows that can be used, in their order.</param>
/// <param name="Skipped">How many could not be used.</param>
/// <param name="Cut">How many of those used were cut at the end.</param>
/// <param name="Dropped">How many were left out for their length.</param>
/// <param name="Problems">What was wrong with the first of those that could not be used.</param>
/// <param name="Samples">The conversations of the first of those used.</param>
internal sealed record ExampleSet(
    IReadOnlyList<EncodedExample> Examples, int Skipped, int Cut, int Dropped, IReadOnlyList<string> Problems,
    IReadOnlyList<Conversation> Samples);
