namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>A text is no mathematics that is understood here; it is compared as text then.</summary>
internal sealed class MathSyntaxException : Exception
{
}
