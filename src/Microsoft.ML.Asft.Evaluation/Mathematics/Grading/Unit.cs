namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>A unit: its quantity, and its factor to the first unit of that quantity.</summary>
internal sealed record Unit(string Kind, double Factor)
{
    private static readonly Dictionary<string, Unit> Known = Table();

    /// <summary>The unit of a word, in full or abbreviated, singular or plural; <see langword="null"/> if it is unknown.</summary>
    public static Unit? Of(string word) =>
        Known.GetValueOrDefault(word) ?? Known.GetValueOrDefault(word.ToLowerInvariant())
        ?? (word.Length > 3 && word.EndsWith('s') ? Known.GetValueOrDefault(word[..^1].ToLowerInvariant()) : null);

    public Unit Per(Unit other) => new($"{Kind}/{other.Kind}", Factor / other.Factor);

    public Unit Times(Unit other) => new($"{Kind}·{other.Kind}", Factor * other.Factor);

    public Unit ToThe(int power) => power == 1 ? this : new($"{Kind}^{power}", Math.Pow(Factor, power));

    private static Dictionary<string, Unit> Table()
    {
        var table = new Dictionary<string, Unit>(StringComparer.Ordinal);
        Add("length", (1, "m meter metre"), (0.01, "cm centimeter centimetre"), (0.001, "mm millimeter millimetre"),
            (1000, "km kilometer kilometre"), (0.0254, "in inch inches"), (0.3048, "ft foot feet"), (0.9144, "yd yard"),
                (1609.344, "mi mile"));
        Add("time", (1, "s sec second"), (60, "min minute"), (3600, "h hr hrs hour"), (86400, "day"), (604800, "week"));
        Add("age", (1, "month"), (12, "yr year"));
        Add("mass", (1, "g gram"), (1000, "kg kilogram"), (0.001, "mg milligram"), (28.349523125, "oz ounce"), (453.59237, "lb lbs pound"));
        Add("volume", (1, "L l liter litre"), (0.001, "mL ml milliliter millilitre"), (3.785411784, "gal gallon"));
        Add("money", (1, "dollar usd bucks"), (0.01, "cent"));
        Add("angle", (1, "degree deg °"));
        Add("speed", (0.44704, "mph"));
        Add("temperature", (1, "°C celsius"), (5.0 / 9, "°F fahrenheit"));
        return table;

        void Add(string kind, params (double Factor, string Words)[] units)
        {
            foreach (var (factor, words) in units)
            {
                foreach (string word in words.Split(' '))
                {
                    table[word] = new Unit(kind, factor);
                }
            }
        }
    }
}
