using System.Globalization;

namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>Reads the words after a number.</summary>
internal static class MathUnits
{
    private static readonly Dictionary<string, double> Multiples = new(StringComparer.OrdinalIgnoreCase)
    {
        ["hundred"] = 100, ["thousand"] = 1e3, ["million"] = 1e6, ["billion"] = 1e9, ["dozen"] = 12,
    };

    /// <summary>Reads "cm", "square feet", "km per hour", "m/s^2", or other words.</summary>
    public static MathNode.Measured Read(MathCursor cursor, MathNode value)
    {
        (Unit? unit, bool known, bool per, int power) = (null, true, false, 1);
        if (value is MathNode.Measured { Unit: { } currency } money)
        {
            (value, unit) = (money.Value, currency);
        }

        while (true)
        {
            if (cursor.Current.Kind == MathTokenKind.Word || (per && IsUnitLetter(cursor.Current)))
            {
                string word = cursor.Read().Text;
                if (word.ToLowerInvariant() is "per" or "square" or "sq" or "cubic")
                {
                    per |= word.Equals("per", StringComparison.OrdinalIgnoreCase);
                    power = per && word.Equals("per", StringComparison.OrdinalIgnoreCase) ? 1 : word.StartsWith('c')
                        || word.StartsWith('C') ? 3 : 2;
                    continue;
                }

                if (unit is null && known && Multiples.TryGetValue(word, out double multiple))
                {
                    value = new MathNode.Binary('*', value, new MathNode.Number("", multiple, false));
                    continue;
                }

                var next = Unit.Of(word);
                power = cursor.Take('^') && int.TryParse(cursor.Braced(), CultureInfo.InvariantCulture, out int written) ? written : power;
                known &= next is not null && Math.Abs(power) < 10;
                next = next?.ToThe(power);
                unit = unit is null || next is null ? next ?? unit : per ? unit.Per(next) : unit.Times(next);
                (per, power) = (false, 1);
            }
            else if (cursor.Current.Is('/') && (cursor.Following(1).Kind == MathTokenKind.Word || IsUnitLetter(cursor.Following(1))))
            {
                cursor.Skip();
                per = true;
            }
            else if (cursor.Current.Is('*') && cursor.Following(1).Kind == MathTokenKind.Word)
            {
                cursor.Skip();
            }
            else
            {
                return new MathNode.Measured(value, known ? unit : null);
            }
        }
    }

    private static bool IsUnitLetter(MathToken token) => token.Kind == MathTokenKind.Symbol && Unit.Of(token.Text) is not null;
}
