using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>A part of a translated pattern: either text in .NET's syntax, or one character of a set.</summary>
internal readonly record struct PatternPart(string Text, CodePointSet? Set = null);
