namespace Microsoft.ML.Asft.Templates;

/// <summary>Where a turn of the assistant stands in a rendering: what it says, and the end that the model must write.</summary>
/// <param name="Start">Its first character.</param>
/// <param name="End">The end of its last.</param>
/// <param name="IsMasked">Whether it is left out of the loss.</param>
internal readonly record struct TurnSpan(int Start, int End, bool IsMasked);
