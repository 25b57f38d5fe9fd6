namespace BaseModel.Skills;

/// <summary>Sums with worked steps, digit by digit from the right, and tasks that build on them.</summary>
internal static class Arithmetic
{
    private static readonly (string Large, string Small, int Factor)[] Units =
    [
        ("metres", "centimetres", 100), ("kilometres", "metres", 1000), ("kilograms", "grams", 1000), ("litres", "millilitres", 1000),
        ("centimetres", "millimetres", 10), ("weeks", "days", 7), ("years", "months", 12), ("feet", "inches", 12), ("yards", "feet", 3),
        ("gallons", "pints", 8), ("dozens", "pieces", 12), ("decades", "years", 10),
    ];

    private static readonly string[] Names = ["Tom", "Anna", "Ben", "Lucy", "Sam", "Emma", "Max", "Nina"];
    private static readonly string[] Things = ["apples", "books", "coins", "stamps", "marbles", "cakes", "pens", "eggs"];

    public static IReadOnlyList<Skill> Skills { get; } =
    [
        new("add", 14, Add), new("subtract", 14, Subtract), new("multiply", 5, Multiply), new("compare", 6, Compare),
        new("convert", 4, Convert), new("story", 10, Story),
    ];

    /// <summary>The worked answer to a + b.</summary>
    public static string Sum(int a, int b)
    {
        int ones = (a % 10) + (b % 10);
        string carry = ones > 9 ? " + 1" : "";
        int tens = (a / 10) + (b / 10) + (ones / 10);
        return $"{a} + {b}: {a % 10} + {b % 10} = {ones}, {a / 10} + {b / 10}{carry} = {tens}, so {a + b}.";
    }

    /// <summary>The worked answer to a - b, which is not negative.</summary>
    public static string Difference(int a, int b)
    {
        int borrow = a % 10 < b % 10 ? 1 : 0;
        int ones = (a % 10) + (10 * borrow);
        string borrowed = borrow == 1 ? " - 1" : "";
        int tens = (a / 10) - (b / 10) - borrow;
        return $"{a} - {b}: {ones} - {b % 10} = {ones - (b % 10)}, {a / 10} - {b / 10}{borrowed} = {tens}, so {a - b}.";
    }

    private static Row Add(Random random)
    {
        var (a, b) = (random.Next(10, 100), random.Next(10, 100));
        string question = random.Pick(
            [$"What is {a} + {b}?", $"Add {a} and {b}.", $"Work out {a} + {b}.", $"How much is {a} plus {b}?", $"{a} + {b} = ?"]);
        return new(question, Sum(a, b));
    }

    private static Row Subtract(Random random)
    {
        var (a, b) = (random.Next(10, 100), random.Next(10, 100));
        (a, b) = (Math.Max(a, b), Math.Min(a, b));
        string question = random.Pick(
            [$"What is {a} - {b}?", $"Subtract {b} from {a}.", $"Work out {a} - {b}.", $"How much is {a} minus {b}?", $"{a} - {b} = ?"]);
        return new(question, Difference(a, b));
    }

    private static Row Multiply(Random random)
    {
        var (a, b) = (random.Next(2, 13), random.Next(2, 13));
        string question = random.Pick(
            [$"What is {a} x {b}?", $"What is {a} times {b}?", $"Multiply {a} by {b}.", $"Work out {a} x {b}.", $"{a} x {b} = ?"]);
        return new(question, $"{a} x {b} = {a * b}.");
    }

    private static Row Compare(Random random)
    {
        var (a, b) = (random.Next(10, 100), random.Next(10, 100));
        b = a == b ? a - 1 : b;
        return random.Next(2) == 0
            ? new(random.Pick([$"Which is larger, {a} or {b}?", $"Which number is greater: {a} or {b}?", $"Name the larger of {a} and {b}."]),
                $"{Math.Max(a, b)} is larger.")
            : new(random.Pick([$"Which is smaller, {a} or {b}?", $"Which number is less: {a} or {b}?", $"Name the smaller of {a} and {b}."]),
                $"{Math.Min(a, b)} is smaller.");
    }

    private static Row Convert(Random random)
    {
        var (large, small, factor) = random.Pick(Units);
        int n = random.Next(2, 13);
        string question = random.Pick(
            [$"How many {small} are there in {n} {large}?", $"Convert {n} {large} to {small}.", $"Change {n} {large} into {small}.", $"{n} {large} is how many {small}?"]);
        return new(question, $"{n} x {factor} = {n * factor}, so {n * factor} {small}.");
    }

    private static Row Story(Random random)
    {
        var (name, things) = (random.Pick(Names), random.Pick(Things));
        var (a, b) = (random.Next(2, 10), random.Next(2, 10));
        if (random.Next(2) == 0)
        {
            string more = random.Pick(["buys", "finds", "gets"]);
            return new($"{name} has {a} {things} and {more} {b} more. How many {things} does {name} have?",
                $"{a} + {b} = {a + b}, so {name} has {a + b} {things}.");
        }

        string fewer = random.Pick(["sells", "loses", "gives away"]);
        a += b;
        return new($"{name} has {a} {things} and {fewer} {b}. How many {things} are left?", $"{a} - {b} = {a - b}, so {a - b} {things} are left.");
    }
}
