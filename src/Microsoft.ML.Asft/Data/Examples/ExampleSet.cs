using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Data.Examples;

/// <summary>The result of reading a data view.</summary>
/// <param name="Examples">The usable rows, in order.</param>
/// <param name="Skipped">The number of rows that could not be used.</param>
/// <param name="Cut">The number of used rows that were cut at the end.</param>
/// <param name="Dropped">The number of rows that were left out because of their length.</param>
/// <param name="Problems">The problems of the first rows that could not be used.</param>
/// <param name="Samples">The conversations of the first used rows.</param>
/// <param name="Lengths">The number of tokens of each row before it was cut, also of those left out for their length.</param>
internal sealed record ExampleSet(
    IReadOnlyList<EncodedExample> Examples, int Skipped, int Cut, int Dropped, IReadOnlyList<string> Problems,
    IReadOnlyList<Conversation> Samples, IReadOnlyList<int> Lengths);
