using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>Properties of an answer's form.</summary>
internal static class AnswerForm
{
    /// <summary>A number and a letter that may be its unit: 5m as five metres.</summary>
    public static MathNode.Measured? WithUnitLetter(MathNode node) =>
        node is MathNode.Binary { Operator: '*', Left: MathNode.Number number, Right: MathNode.Symbol letter }
            && Unit.Of(letter.Name) is { } unit
            ? new MathNode.Measured(number, unit)
            : null;

    /// <summary>Whether it names infinity. A number that is too large to compute does not count.</summary>
    public static bool HasInfinity(MathNode node) => node switch
    {
        MathNode.Symbol { Name: "infinity" } => true,
        MathNode.Call call => HasInfinity(call.Argument),
        MathNode.Binary binary => HasInfinity(binary.Left) || HasInfinity(binary.Right),
        _ => false,
    };

    /// <summary>Whether it is the left side of a definition: y, f(x), x_1, (x, y).</summary>
    public static bool IsName(MathNode node) => node switch
    {
        MathNode.Symbol { Name: not ("pi" or "e" or "i" or "infinity") } => true,
        MathNode.Binary { Operator: '*', Left: MathNode.Symbol, Right: MathNode.Symbol } => true,
        MathNode.Several { IsOrdered: true } names => names.Items.All(IsName),
        _ => false,
    };

    /// <summary>Its alternatives: a ± b has two.</summary>
    public static MathNode.Several Alternatives(MathNode node) =>
        new('{', HasPlusMinus(node) ? [WithSign(node, '+'), WithSign(node, '-')] : [node], '}');

    /// <summary>Whether it has a ±.</summary>
    public static bool HasPlusMinus(MathNode node) => node switch
    {
        MathNode.Binary binary => binary.Operator == '±' || HasPlusMinus(binary.Left) || HasPlusMinus(binary.Right),
        MathNode.Call call => HasPlusMinus(call.Argument),
        MathNode.Measured measured => HasPlusMinus(measured.Value),
        MathNode.Relation relation => relation.Terms.Any(HasPlusMinus),
        _ => false,
    };

    /// <summary>The names in it that are not numbers.</summary>
    public static IEnumerable<string> Variables(MathNode node) => node switch
    {
        MathNode.Symbol { Name: "pi" or "e" or "i" or "infinity" } => [],
        MathNode.Symbol symbol => [symbol.Name],
        MathNode.Binary binary => Variables(binary.Left).Concat(Variables(binary.Right)),
        MathNode.Call call => Variables(call.Argument).Concat(call.Second is { } second ? Variables(second) : []),
        MathNode.Percent percent => Variables(percent.Value),
        MathNode.Measured measured => Variables(measured.Value),
        MathNode.Ratio ratio => ratio.Parts.SelectMany(Variables),
        _ => [],
    };

    private static MathNode WithSign(MathNode node, char sign) => node switch
    {
        MathNode.Binary binary => new MathNode.Binary(
            binary.Operator == '±' ? sign : binary.Operator, WithSign(binary.Left, sign), WithSign(binary.Right, sign)),
        MathNode.Call call => call with { Argument = WithSign(call.Argument, sign) },
        MathNode.Measured measured => measured with { Value = WithSign(measured.Value, sign) },
        MathNode.Relation relation => relation with { Terms = [.. relation.Terms.Select(term => WithSign(term, sign))] },
        _ => node,
    };
}
