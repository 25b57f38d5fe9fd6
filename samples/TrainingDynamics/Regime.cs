namespace TrainingDynamics;

/// <summary>What the base knows of the new skill before fine-tuning.</summary>
/// <param name="Name">Its name on the page.</param>
/// <param name="Folder">The folder of its rows, below the folder of the base model.</param>
/// <param name="WarmStartSteps">The steps over which asft's weight exponent rises, where the setting says warm start.</param>
/// <param name="Description">What the rows ask, and how many are wrong.</param>
internal sealed record Regime(string Name, string Folder, int WarmStartSteps, string Description)
{
    public static Regime HalfKnown { get; } = new(
        "half known", "", 50,
        "sums and differences in wordings that the base seldom met, and saw answered in two forms; 35 % of the 400 rows are wrong");

    public static Regime Surprise { get; } = new(
        "surprise", "surprise", 210, "one house's rule for its picture cards, of which the base knows nothing; 12 % of the 400 rows are wrong");

    public static IReadOnlyList<Regime> All { get; } = [HalfKnown, Surprise];
}
