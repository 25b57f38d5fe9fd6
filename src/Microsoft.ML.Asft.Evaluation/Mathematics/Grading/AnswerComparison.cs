using System.Numerics;
using Microsoft.ML.Asft.Training.Distributed;
using static Microsoft.ML.Asft.Evaluation.Mathematics.Grading.AnswerForm;

namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>
/// Whether two answers mean the same: brackets and relations by their form, expressions by their values at random points.
/// </summary>
internal sealed class AnswerComparison(StepBudget budget)
{
    private const double Tolerance = 1e-9;
    private const int Points = 12;
    private const int EnoughPoints = 3;

    public bool AreEqual(MathNode a, MathNode b)
    {
        budget.Take();
        return (a, b) switch
        {
            (MathNode.Relation x, MathNode.Relation y) => AreEqual(x, y),
            (MathNode.Relation x, _) => AreEqual(x, b),
            (_, MathNode.Relation y) => AreEqual(y, a),
            (MathNode.Several or MathNode.Union, MathNode.Several or MathNode.Union) => AreEqualSets(a, b),
            (MathNode.Matrix x, MathNode.Matrix y) => AreEqual(x, y),
            (MathNode.Matrix { Rows: var rows }, MathNode.Several { IsOrdered: true } tuple) => IsVector(rows, tuple),
            (MathNode.Several { IsOrdered: true } tuple, MathNode.Matrix { Rows: var rows }) => IsVector(rows, tuple),
            (MathNode.Several x, _) => AreEqualSets(x, Alternatives(b)),
            (_, MathNode.Several y) => AreEqualSets(Alternatives(a), y),
            (MathNode.Ratio x, MathNode.Ratio y) when x.Parts.Count == y.Parts.Count => AreProportional(x.Parts, y.Parts),
            _ => HasPlusMinus(a) || HasPlusMinus(b) ? AreEqualSets(Alternatives(a), Alternatives(b)) : AreEqualQuantities(a, b),
        };
    }

    // Units count if both answers have them. A percent sign may mean a hundredth, or be left out.
    private bool AreEqualQuantities(MathNode a, MathNode b)
    {
        if (a is MathNode.Measured { } x && (b as MathNode.Measured ?? WithUnitLetter(b)) is { } y)
        {
            return x.Unit is null || y.Unit is null ? AreEqual(x.Value, y.Value)
                : x.Unit.Kind == y.Unit.Kind && (x.Unit.Factor == y.Unit.Factor ? AreEqual(x.Value, y.Value) : AreEqualExpressions(x, y));
        }

        if (b is MathNode.Measured && WithUnitLetter(a) is { } letter)
        {
            return AreEqualQuantities(letter, b);
        }

        if (a is MathNode.Measured measured)
        {
            return AreEqual(measured.Value, b);
        }

        if (b is MathNode.Measured other)
        {
            return AreEqual(a, other.Value);
        }

        return (a, b) switch
        {
            (MathNode.Percent p, MathNode.Percent q) => AreEqual(p.Value, q.Value),
            (MathNode.Percent p, _) => AreEqual(p.Value, b) || AreEqualExpressions(p, b),
            (_, MathNode.Percent q) => AreEqual(a, q.Value) || AreEqualExpressions(a, q),
            _ => AreEqualExpressions(a, b),
        };
    }

    private bool AreEqualExpressions(MathNode a, MathNode b)
    {
        if (a is MathNode.Number { IsDecimal: false, Digits: { Length: > 0 } m }
            && b is MathNode.Number { IsDecimal: false, Digits: { Length: > 0 } n })
        {
            return m.TrimStart('0') == n.TrimStart('0');          // beyond the digits of a double too
        }

        var names = Variables(a).Concat(Variables(b)).Distinct().ToArray();
        if (names.Length == 0)
        {
            var none = new NumericValue(new Dictionary<string, double>(), budget);
            (Complex x, Complex y) = (none.Of(a), none.Of(b));
            return double.IsInfinity(x.Real) || double.IsInfinity(y.Real) ? x == y && HasInfinity(a) && HasInfinity(b)
                : AreClose(x, y) || RoundedDecimal.Is(a, y, b) || RoundedDecimal.Is(b, x, a);
        }

        // "5 m" is five metres if the other answer has no m.
        if (WithUnitLetter(a) is { } inUnits && !Variables(b).Any())
        {
            return AreEqual(inUnits.Value, b);
        }

        if (WithUnitLetter(b) is { } otherInUnits && !Variables(a).Any())
        {
            return AreEqual(a, otherInUnits.Value);
        }

        return AgreeAtRandomPoints(names, at => (at.Of(a), at.Of(b)), AreClose);
    }

    private bool AgreeAtRandomPoints(
        IReadOnlyList<string> names, Func<NumericValue, (Complex, Complex)> evaluate, Func<Complex, Complex, bool> agree)
    {
        var random = new Random(20250928);
        int agreed = 0;
        for (int point = 0; point < Points; point++)
        {
            // Positive points first: an expression may have no value elsewhere.
            var variables = names.ToDictionary(
                name => name, _ => ((random.NextDouble() * 3) + 0.1) * (point < Points / 2 || random.Next(2) == 0 ? 1 : -1));
            (Complex x, Complex y) = evaluate(new NumericValue(variables, budget));
            if (!Complex.IsFinite(x) && !Complex.IsFinite(y))
            {
                continue;
            }

            if (!agree(x, y))
            {
                return false;
            }

            agreed++;
        }

        return agreed >= EnoughPoints;
    }

    private bool AreEqual(MathNode.Relation x, MathNode.Relation y)
    {
        if (x.Operators is ['='] && y.Operators is ['='])
        {
            return (IsName(x.Terms[0]) && IsName(y.Terms[0]) && AreEqual(x.Terms[0], y.Terms[0]) && AreEqual(x.Terms[1], y.Terms[1]))
                || HaveOneRatio(Difference(x, 0), Difference(y, 0), mustBePositive: false);
        }

        if (x.Operators.Count > 1 && x.Operators.All(o => o == '=') && y.Operators.All(o => o == '='))
        {
            return AreEqual(x.Terms[^1], y.Terms[^1]);
        }

        return x.Operators.SequenceEqual(y.Operators)
            && Enumerable.Range(0, x.Operators.Count)
                .All(i => HaveOneRatio(Difference(x, i), Difference(y, i), mustBePositive: x.Operators[i] != '≠'));
    }

    // x = 5 beside 5; -1 < x ≤ 3 beside (-1, 3].
    private bool AreEqual(MathNode.Relation relation, MathNode other)
    {
        if (relation.Operators.All(o => o == '='))
        {
            return (relation.Operators.Count > 1 || IsName(relation.Terms[0])) && AreEqual(relation.Terms[^1], other);
        }

        return other is MathNode.Several { IsOrdered: true, Items: [var low, var high] } interval && (relation switch
        {
            { Terms: [var from, var x, var to], Operators: [var first, var second] } when IsName(x) =>
                (interval.Open == '[') == (first == '≤') && (interval.Close == ']') == (second == '≤') && AreEqual(from, low)
                    && AreEqual(to, high),
            { Terms: [var x, var to], Operators: [var below] } when IsName(x) =>
                IsInfinity(low, -1) && (interval.Close == ']') == (below == '≤') && AreEqual(to, high),
            { Terms: [var from, var x], Operators: [var above] } when IsName(x) =>
                IsInfinity(high, 1) && (interval.Open == '[') == (above == '≤') && AreEqual(from, low),
            _ => false,
        });
    }

    private bool IsInfinity(MathNode node, int sign) =>
        new NumericValue(new Dictionary<string, double>(), budget).Of(node).Real == sign * double.PositiveInfinity;

    private static MathNode.Binary Difference(MathNode.Relation relation, int at) => new('-', relation.Terms[at], relation.Terms[at + 1]);

    // Two equations are the same if one is a multiple of the other.
    private bool HaveOneRatio(MathNode a, MathNode b, bool mustBePositive)
    {
        var names = Variables(a).Concat(Variables(b)).Distinct().ToArray();
        Complex? ratio = null;
        return names.Length > 0
            ? AgreeAtRandomPoints(names, at => (at.Of(a), at.Of(b)), Agree)
            : AreEqualExpressions(a, b);

        bool Agree(Complex x, Complex y)
        {
            if (Complex.Abs(x) < Tolerance || Complex.Abs(y) < Tolerance)
            {
                return Complex.Abs(x) < Tolerance && Complex.Abs(y) < Tolerance;
            }

            ratio ??= x / y;
            return AreClose(x / y, ratio.Value) && (!mustBePositive || ratio.Value.Real > 0);
        }
    }

    private bool AreEqualSets(MathNode a, MathNode b)
    {
        if (a is MathNode.Union || b is MathNode.Union)
        {
            return HaveSameElements(Parts(a), Parts(b));
        }

        var (x, y) = ((MathNode.Several)a, (MathNode.Several)b);
        if (x.IsOrdered && y.IsOrdered)
        {
            return x.Open == y.Open && x.Close == y.Close && AreEqual(x.Items, y.Items);
        }

        // A tuple has an order, a set does not; (2) is not a tuple.
        return x.IsOrdered == y.IsOrdered && HaveSameElements(Expanded(x), Expanded(y));

        static IReadOnlyList<MathNode> Parts(MathNode node) => node is MathNode.Union union ? union.Parts : [node];
        static IReadOnlyList<MathNode> Expanded(MathNode.Several set) => [.. set.Items.SelectMany(item => Alternatives(item).Items)];
    }

    private bool HaveSameElements(IReadOnlyList<MathNode> a, IReadOnlyList<MathNode> b) =>
        a.All(item => b.Any(other => AreEqual(item, other))) && b.All(item => a.Any(other => AreEqual(other, item)));

    private bool AreEqual(MathNode.Matrix x, MathNode.Matrix y) =>
        x.Rows.Count == y.Rows.Count && x.Rows.Zip(y.Rows).All(rows => AreEqual(rows.First, rows.Second));

    private bool AreEqual(IReadOnlyList<MathNode> x, IReadOnlyList<MathNode> y) =>
        x.Count == y.Count && x.Zip(y).All(pair => AreEqual(pair.First, pair.Second));

    private bool IsVector(IReadOnlyList<IReadOnlyList<MathNode>> rows, MathNode.Several tuple) =>
        (rows.Count == 1 || rows.All(row => row.Count == 1)) && rows.Sum(row => row.Count) == tuple.Items.Count
        && rows.SelectMany(row => row).Zip(tuple.Items).All(pair => AreEqual(pair.First, pair.Second));

    private bool AreProportional(IReadOnlyList<MathNode> x, IReadOnlyList<MathNode> y) => Enumerable.Range(1, x.Count - 1).All(i =>
        AreEqualExpressions(new MathNode.Binary('*', x[0], y[i]), new MathNode.Binary('*', y[0], x[i])));

    private static bool AreClose(Complex x, Complex y) =>
        x == y || Complex.Abs(x - y) <= Tolerance * Math.Max(1e-3, Math.Max(Complex.Abs(x), Complex.Abs(y)));
}
