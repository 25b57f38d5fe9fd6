namespace BaseModel.Skills;

/// <summary>Words as letters, and simple instructions about a word.</summary>
internal static class Spelling
{
    /// <summary>The short nouns that are spelt, listed and repeated.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. FactTable.KindsOfThings.Rows.Select(row => row[0]).Where(word => word.Length <= 5)];

    public static IReadOnlyList<Skill> Skills { get; } =
        [new("spell", 3, Spell), new("letters", 3, CountLetters), new("repeat", 2, Repeat)];

    private static Row Spell(Random random)
    {
        string word = random.Pick(Words);
        return new(random.Pick([$"Spell {word}.", $"Spell the word {word}.", $"How do you spell {word}?", $"Which letters make {word}?"]), Letters(word) + ".");
    }

    private static Row CountLetters(Random random)
    {
        string word = random.Pick(Words);
        string question = random.Pick(
            [$"How many letters are in {word}?", $"Count the letters of {word}.", $"How long is the word {word}?", $"{English.Capitalized(word)} has how many letters?"]);
        return new(question, $"{Letters(word)} has {word.Length} letters.");
    }

    private static Row Repeat(Random random)
    {
        var (word, times) = (random.Pick(Words), random.Next(2, 5));
        string number = times switch { 2 => "two", 3 => "three", _ => "four" };
        string question = random.Pick([$"Say {word} {number} times.", $"Repeat the word {word} {number} times.", $"Write {word} {number} times."]);
        return new(question, string.Join(' ', Enumerable.Repeat(word, times)) + ".");
    }

    private static string Letters(string word) => string.Join('-', word.AsEnumerable());
}
