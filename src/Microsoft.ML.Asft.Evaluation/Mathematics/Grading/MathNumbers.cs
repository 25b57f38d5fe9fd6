using System.Globalization;

namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>Reads the possible continuations of a number.</summary>
internal static class MathNumbers
{
    /// <summary>The value of digits.</summary>
    public static MathNode.Number Of(string digits)
    {
        digits = digits.TrimEnd('.');
        return new MathNode.Number(
            digits, double.Parse(digits, CultureInfo.InvariantCulture), digits.Contains('.', StringComparison.Ordinal));
    }

    /// <summary>Reads 1 1/2 and 1\frac{1}{2}; a number in another base, 101_2; recurring digits, 0.\overline{3}.</summary>
    public static MathNode Read(MathCursor cursor, MathCommands commands, MathNode.Number whole)
    {
        if (cursor.Take('_'))
        {
            int @base = int.TryParse(cursor.Braced(), CultureInfo.InvariantCulture, out int b) && b is >= 2 and <= 10 ? b
                : throw new MathSyntaxException();
            double value = whole.Digits.Aggregate(0.0, (sum, digit) => (sum * @base) + (digit - '0'));
            return whole.IsDecimal ? throw new MathSyntaxException()
                : new MathNode.Number(value.ToString("F0", CultureInfo.InvariantCulture), value, false);
        }

        if (cursor.Current.IsFunction("overline"))
        {
            cursor.Skip();
            string digits = cursor.Braced();
            double unit = whole.IsDecimal ? Math.Pow(10, -(whole.Digits.Length - whole.Digits.IndexOf('.', StringComparison.Ordinal) - 1))
                : 1;
            double period = digits.Length is > 0 and < 10 && digits.All(char.IsAsciiDigit)
                ? double.Parse(digits, CultureInfo.InvariantCulture) : throw new MathSyntaxException();
            return new MathNode.Binary(
                '+', whole with { IsDecimal = false }, new MathNode.Number("", unit * period / (Math.Pow(10, digits.Length) - 1), false));
        }

        if (!whole.IsDecimal && cursor.Current.IsFunction("frac"))
        {
            int start = cursor.Place;
            cursor.Skip();
            var fraction = commands.Read("frac");
            if (fraction is MathNode.Binary { Left: MathNode.Number { IsDecimal: false }, Right: MathNode.Number { IsDecimal: false } })
            {
                return new MathNode.Binary('+', whole, fraction);
            }

            cursor.Place = start;
        }
        else if (!whole.IsDecimal && cursor.Current is { Kind: MathTokenKind.Number, AfterSpace: true } && cursor.Following(1).Is('/')
            && cursor.Following(2).Kind == MathTokenKind.Number)
        {
            var fraction = new MathNode.Binary('/', Of(cursor.Current.Text), Of(cursor.Following(2).Text));
            cursor.Skip(3);
            return new MathNode.Binary('+', whole, fraction);
        }

        return whole;
    }
}
