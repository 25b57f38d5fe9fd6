namespace BaseModel.Skills;

/// <summary>Yes-or-no questions about a thing's kind.</summary>
internal static class Kinds
{
    /// <summary>The kinds of things, as singular nouns.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. FactTable.KindsOfThings.Rows.Select(row => row[1]).Distinct()];

    public static IReadOnlyList<Skill> Skills { get; } = [new("yes-no", 6, YesNo)];

    private static Row YesNo(Random random)
    {
        string[] row = random.Pick(FactTable.KindsOfThings.Rows);
        var (thing, kind) = (English.Article(row[0]), row[1]);
        string asked = random.Next(2) == 0 ? kind : random.Pick(Names);
        string askedKind = English.Article(asked);
        string question = random.Pick(
            [$"Is {thing} {askedKind}?", $"Would you call {thing} {askedKind}?", $"True or not: {thing} is {askedKind}.", $"Does {thing} count as {askedKind}?"]);
        return new(question, $"{English.Capitalized(thing)} is {English.Article(kind)}, so {(asked == kind ? "yes" : "no")}.");
    }
}
