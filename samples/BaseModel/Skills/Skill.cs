namespace BaseModel.Skills;

/// <summary>One ability of the base model.</summary>
/// <param name="Name">Its name in the held-out rows.</param>
/// <param name="Weight">Its relative frequency in pretraining.</param>
/// <param name="Draw">Makes a row; the same instruction always gets the same response.</param>
internal sealed record Skill(string Name, int Weight, Func<Random, Row> Draw)
{
    /// <summary>Everything the base model learns.</summary>
    public static IReadOnlyList<Skill> All { get; } =
        [.. FactTable.Skills, .. Arithmetic.Skills, .. Sequences.Skills, .. Spelling.Skills, .. Kinds.Skills, .. CardBoxes.Skills];
}
