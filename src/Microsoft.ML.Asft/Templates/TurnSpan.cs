namespace Microsoft.ML.Asft.Templates;

/// <summary>The span of an assistant's turn in a rendering: its words, and the end that the model must write.</summary>
/// <param name="Start">Its first character.</param>
/// <param name="End">The end of its last character.</param>
/// <param name="IsMasked">Whether it is left out of the loss.</param>
internal readonly record struct TurnSpan(int Start, int End, bool IsMasked);
