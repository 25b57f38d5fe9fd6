namespace BaseModel.Skills;

/// <summary>One ability of the base model.</summary>
/// <param name="Name">What the held-out rows call it.</param>
/// <param name="Weight">How often it is drawn for pretraining, relative to the others.</param>
/// <param name="Draw">Makes a row; the same instruction always gets the same response.</param>
internal sealed record Skill(string Name, int Weight, Func<Random, Row> Draw)
{
    /// <summary>Everything the base model learns.</summary>
    public static IReadOnlyList<Skill> All { get; } =
        [.. FactTable.Skills, .. Arithmetic.Skills, .. Sequences.Skills, .. Spelling.Skills, .. Kinds.Skills, .. CardBoxes.Skills];
}
