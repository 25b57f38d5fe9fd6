namespace BaseModel.Skills;

/// <summary>The grammar that the sentences need.</summary>
internal static class English
{
    public static string Article(string noun) => ("aeiou".Contains(noun[0]) ? "an " : "a ") + noun;

    public static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    public static T Pick<T>(this Random random, IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    /// <summary><paramref name="count"/> different members, in random order.</summary>
    public static T[] PickSeveral<T>(this Random random, IReadOnlyList<T> choices, int count)
    {
        T[] shuffled = [.. choices];
        random.Shuffle(shuffled);
        return shuffled[..count];
    }
}
