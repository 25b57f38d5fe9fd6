using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Decimal digits of floating-point numbers, rounded from their exact value and half to even, as Python does.</summary>
internal static class PythonRounding
{
    /// <summary>As <c>round(value, decimals)</c>.</summary>
    public static double Round(double value, int decimals)
    {
        if (!double.IsFinite(value) || decimals > 330)
        {
            return value;
        }
        string digits = Scaled(Math.Abs(value), decimals).ToString(CultureInfo.InvariantCulture);
        double rounded = double.Parse($"{digits}e{-decimals}", CultureInfo.InvariantCulture);
        return Math.CopySign(rounded, value);
    }

    /// <summary>Writes a non-negative number with a fixed number of decimals.</summary>
    public static string Fixed(double value, int decimals)
    {
        string digits = Scaled(value, decimals).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        return decimals == 0 ? digits : $"{digits[..^decimals]}.{digits[^decimals..]}";
    }

    /// <summary>Writes a non-negative number with an exponent and a fixed number of decimals.</summary>
    public static (string Digits, int Exponent) Scientific(double value, int decimals)
    {
        if (value == 0)
        {
            return (new string('0', decimals + 1), 0);
        }
        int exponent = (int)Math.Floor(Math.Log10(value));
        // The logarithm may be off by one, and rounding may add a digit.
        foreach (int tried in new[] { exponent - 1, exponent, exponent + 1 })
        {
            string digits = Scaled(value, decimals - tried).ToString(CultureInfo.InvariantCulture);
            if (digits.Length == decimals + 1)
            {
                return (digits, tried);
            }
        }
        return ("1" + new string('0', decimals), exponent + 1);
    }

    /// <summary>Returns the value times a power of ten, rounded to an integer.</summary>
    private static BigInteger Scaled(double value, int decimals)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF);
        BigInteger numerator = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        BigInteger denominator = 1;
        int shift = Math.Max(exponent, 1) - 1075;
        if (shift > 0)
        {
            numerator <<= shift;
        }
        else
        {
            denominator <<= -shift;
        }
        if (decimals > 0)
        {
            numerator *= BigInteger.Pow(10, decimals);
        }
        else
        {
            denominator *= BigInteger.Pow(10, -decimals);
        }
        BigInteger whole = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        int half = (rest * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !whole.IsEven) ? whole + 1 : whole;
    }
}
