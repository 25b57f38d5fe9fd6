using System.Numerics;

namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>A decimal with enough digits may be a rounded value: 0.3333 for 1/3, 3.142 for π.</summary>
internal static class RoundedDecimal
{
    private const int FewestDigits = 4;

    /// <summary>Whether a written decimal is a rounded exact value.</summary>
    /// <param name="written">The candidate for a decimal.</param>
    /// <param name="exact">The value.</param>
    /// <param name="exactlyWritten">The notation of the exact value.</param>
    public static bool Is(MathNode written, Complex exact, MathNode exactlyWritten)
    {
        if (written is MathNode.Call { Function: "neg", Argument: MathNode.Number inner })
        {
            return IsRounded(inner, -exact, exactlyWritten);
        }

        return written is MathNode.Number number && IsRounded(number, exact, exactlyWritten);
    }

    private static bool IsRounded(MathNode.Number number, Complex exact, MathNode exactlyWritten)
    {
        if (!number.IsDecimal || IsPlain(exactlyWritten) || exact.Imaginary != 0 || !double.IsFinite(exact.Real))
        {
            return false;
        }

        int point = number.Digits.IndexOf('.', StringComparison.Ordinal);
        int decimals = number.Digits.Length - point - 1;
        int significant = number.Digits.Replace(".", "", StringComparison.Ordinal).TrimStart('0').Length;
        return significant >= FewestDigits && Math.Abs(number.Value - exact.Real) <= 0.5000001 * Math.Pow(10, -decimals);
    }

    // A written number is not rounded to another written number: 0.3333 is not 0.3334, and 2.0001 is not 2.
    private static bool IsPlain(MathNode node) =>
        node is MathNode.Number or MathNode.Call { Function: "neg", Argument: MathNode.Number };
}
