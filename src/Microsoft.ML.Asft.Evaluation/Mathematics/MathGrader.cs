using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

namespace Microsoft.ML.Asft.Evaluation.Mathematics;

/// <summary>Decides whether two answers to a mathematical question are equivalent, in any notation.</summary>
/// <remarks>
/// <para>
/// It parses integers, decimals, percentages, fractions, mixed numbers, radicals, powers, π, tuples, sets, intervals and
/// unions, matrices, ratios, units, and simple expressions, equations and inequalities, in LaTeX, ASCII or Unicode. Expressions are
/// compared by their
/// values at random points. Other answers are compared as text, without spaces, case and formatting.
/// </para>
/// <para>
/// Decimals are exact, except that a decimal with four digits or more may be rounded: 0.3333 is 1/3, 0.33 is not. A
/// percentage is itself or its fraction. A unit counts if both answers have one.
/// </para>
/// <para>Any number of threads may use one instance at the same time.</para>
/// </remarks>
public sealed partial class MathGrader
{
    private const int LongestAnswer = 1000;

    /// <summary>
    /// Gets how many steps one comparison may take; a step is one part of an expression compared or evaluated. Answers whose comparison
    /// takes more count as different. Steps and not time, so that a verdict is the same on every machine, busy or not.
    /// </summary>
    /// <value>The default value is 5,000,000, about a second.</value>
    public long StepLimit { get; init; } = 5_000_000;

    /// <summary>Whether two answers are the same.</summary>
    /// <param name="answer">One answer, as extracted.</param>
    /// <param name="reference">The other.</param>
    public bool AreEquivalent(string answer, string reference) => AreEquivalent(answer, reference, out _);

    /// <inheritdoc cref="AreEquivalent(string, string)"/>
    /// <param name="answer">One answer, as it was extracted.</param>
    /// <param name="reference">The other.</param>
    /// <param name="steps">How many steps the comparison took.</param>
    internal bool AreEquivalent(string answer, string reference, out long steps)
    {
        steps = 0;
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(reference);
        (answer, reference) = (Clean(answer), Clean(reference));
        if (PlainText(answer) is { Length: > 0 } text && text == PlainText(reference))
        {
            return true;
        }

        if (answer.Length is 0 or > LongestAnswer || reference.Length is 0 or > LongestAnswer)
        {
            return false;
        }

        var budget = new StepBudget(StepLimit);
        try
        {
            return MathParser.Parse(answer) is { } a && MathParser.Parse(reference) is { } b
                && new AnswerComparison(budget).AreEqual(a, b);
        }
        catch (StepLimitException)
        {
            return false;
        }
        finally
        {
            steps = budget.Taken;
        }
    }

    // Dollars around a formula, and the end of a sentence.
    private static string Clean(string answer)
    {
        answer = answer.Trim().TrimEnd('.', ' ', ',');
        return answer.Length > 1 && answer[0] == '$' && answer[^1] == '$' ? answer.Trim('$') : answer;
    }

    private static string PlainText(string answer) =>
        Spaces().Replace(Formatting().Replace(answer, "$1"), "").Replace("\\!", "", StringComparison.Ordinal).ToLowerInvariant();

    [GeneratedRegex(@"\\(?:text|mathrm|textbf|mbox|textrm|mathbf)\s*\{([^{}]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Formatting();

    [GeneratedRegex(@"(?<![0-9])\s+|\s+(?![0-9])|\\[ ,;:]|[$~]|\\left|\\right", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();
}
