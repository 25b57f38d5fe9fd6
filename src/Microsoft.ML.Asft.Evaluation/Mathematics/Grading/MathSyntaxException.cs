namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>A text cannot be parsed as mathematics; then it is compared as text.</summary>
internal sealed class MathSyntaxException : Exception
{
}
