using System.Numerics;

namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>Evaluates an expression with given values of its variables. An undefined value is NaN.</summary>
internal sealed class NumericValue(IReadOnlyDictionary<string, double> variables, StepBudget budget)
{
    private static readonly Complex NaN = new(double.NaN, double.NaN);

    public Complex Of(MathNode node)
    {
        budget.Take();
        return node switch
        {
            MathNode.Number number => number.Value,
            MathNode.Symbol { Name: "pi" } => Math.PI,
            MathNode.Symbol { Name: "e" } => Math.E,
            MathNode.Symbol { Name: "i" } => Complex.ImaginaryOne,
            MathNode.Symbol { Name: "infinity" } => double.PositiveInfinity,
            MathNode.Symbol symbol => variables.TryGetValue(symbol.Name, out double value) ? value : NaN,
            MathNode.Percent percent => Of(percent.Value) / 100,
            MathNode.Measured { Unit.Kind: "angle" } angle => Of(angle.Value) * (Math.PI / 180),
            MathNode.Measured measured => Of(measured.Value) * (measured.Unit?.Factor ?? 1),
            MathNode.Ratio { Parts: [var antecedent, var consequent] } => Of(antecedent) / Of(consequent),
            MathNode.Binary binary => Combine(binary.Operator, Of(binary.Left), Of(binary.Right)),
            MathNode.Call call => Call(call.Function, Of(call.Argument), call.Second is { } second ? Of(second) : null),
            _ => NaN,
        };
    }

    private static Complex Combine(char @operator, Complex left, Complex right) => @operator switch
    {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '/' => right == Complex.Zero ? NaN : left / right,
        '^' => Power(left, right),
        _ => NaN,
    };

    private static Complex Power(Complex value, Complex exponent)
    {
        if (value == Complex.Zero)
        {
            return exponent == Complex.Zero ? Complex.One : exponent.Real > 0 ? Complex.Zero : NaN;
        }

        return IsReal(value) && IsReal(exponent) && (value.Real > 0 || double.IsInteger(exponent.Real))
            ? Math.Pow(value.Real, exponent.Real)
            : Complex.Pow(value, exponent);
    }

    private static Complex Call(string function, Complex x, Complex? second) => function switch
    {
        "neg" => -x,
        "sqrt" => Complex.Sqrt(x),
        "root" => second is not { } degree || degree == Complex.Zero ? NaN
            : IsReal(x) && x.Real < 0 && IsReal(degree) && Math.Abs(degree.Real % 2) == 1 ? -Math.Pow(-x.Real, 1 / degree.Real)
            : Power(x, 1 / degree),
        "abs" => Complex.Abs(x),
        "sin" => Complex.Sin(x),
        "cos" => Complex.Cos(x),
        "tan" => Complex.Tan(x),
        "cot" => 1 / Complex.Tan(x),
        "sec" => 1 / Complex.Cos(x),
        "csc" => 1 / Complex.Sin(x),
        "arcsin" => Complex.Asin(x),
        "arccos" => Complex.Acos(x),
        "arctan" => Complex.Atan(x),
        "sinh" => Complex.Sinh(x),
        "cosh" => Complex.Cosh(x),
        "tanh" => Complex.Tanh(x),
        "exp" => Complex.Exp(x),
        "ln" => Complex.Log(x),
        "log" => Complex.Log(x) / Complex.Log(second ?? 10),
        "floor" => IsReal(x) ? Math.Floor(x.Real) : NaN,
        "ceil" => IsReal(x) ? Math.Ceiling(x.Real) : NaN,
        "!" => IsReal(x) && x.Real is >= 0 and <= 170 && double.IsInteger(x.Real) ? Factorial((int)x.Real) : NaN,
        "binom" => second is { } k && IsReal(x) && IsReal(k) ? Choose(x.Real, k.Real) : NaN,
        _ => NaN,
    };

    private static double Factorial(int n) => Enumerable.Range(1, n).Aggregate(1.0, (product, i) => product * i);

    private static double Choose(double n, double k) => k is >= 0 and <= 1000 && double.IsInteger(k)
        ? Enumerable.Range(1, (int)k).Aggregate(1.0, (product, i) => product * (n - i + 1) / i)
        : double.NaN;

    private static bool IsReal(Complex value) => value.Imaginary == 0;
}
