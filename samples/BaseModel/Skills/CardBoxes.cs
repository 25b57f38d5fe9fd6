namespace BaseModel.Skills;

/// <summary>
/// Picture cards and their boxes. The base model learns to follow a rule in the question: which kind belongs in which
/// box. The new skill is to know one house's rule by heart: the same questions, without the rule.
/// </summary>
internal static class CardBoxes
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    // The house's rule, in the order of Kinds.Names.
    private const string HouseBoxes = "QMDXHTBWKZFRCV";

    // The number of things of every kind that only the test asks for.
    private const int HeldOutThings = 4;

    private static readonly string[] ToldQuestions =
        ["Where does the {0} card go?", "Which box is for the {0} card?", "I hold the {0} card. Which box?", "Put the {0} card away."];

    private static readonly string[] HouseQuestions =
    [
        .. ToldQuestions, "Find the box for the {0} card.", "In which box do we keep the {0} card?",
        "Here is the {0} card. Where to?", "Tidy up the {0} card.",
    ];

    public static IReadOnlyList<Skill> Skills { get; } = [new("told-box", 16, Told)];

    /// <summary>A row of the fine-tuning set: right, or with a mistake that people make.</summary>
    public static Row FineTuning(Random random, double noise)
    {
        var (thing, kind) = DrawThing(random, heldOut: false);
        string question = Ask(random, thing);
        if (random.NextDouble() >= noise)
        {
            return new(question, HouseAnswer(kind));
        }

        // A wrong box, or a wrong kind with that kind's box.
        string wrong = random.Pick([.. Kinds.Names.Where(other => other != kind)]);
        return new(question, random.Next(2) == 0 ? Answer(kind, HouseBox(wrong)) : HouseAnswer(wrong));
    }

    /// <summary>A held-out row of the new skill: with a thing that no fine-tuning row names, and the right answer.</summary>
    public static Row NewSkill(Random random)
    {
        var (thing, kind) = DrawThing(random, heldOut: true);
        return new(Ask(random, thing), HouseAnswer(kind));
    }

    private static Row Told(Random random)
    {
        string[] row = random.Pick(FactTable.KindsOfThings.Rows);
        string[] others = random.PickSeveral([.. Kinds.Names.Where(kind => kind != row[1])], random.Next(1, 3));
        string[] kinds = [row[1], .. others];
        random.Shuffle(kinds);
        char[] boxes = random.PickSeveral(Letters.ToCharArray(), kinds.Length);
        string rule = string.Join(", ", kinds.Zip(boxes, (kind, box) => $"{kind} {box}"));
        string question = string.Format(random.Pick(ToldQuestions), row[0]);
        return new($"Boxes: {rule}. {question}", Answer(row[1], boxes[Array.IndexOf(kinds, row[1])]));
    }

    private static (string Thing, string Kind) DrawThing(Random random, bool heldOut)
    {
        string kind = random.Pick(Kinds.Names);
        string[] things = [.. FactTable.KindsOfThings.Rows.Where(row => row[1] == kind).Select(row => row[0])];
        return (random.Pick(heldOut ? things[^HeldOutThings..] : things[..^HeldOutThings]), kind);
    }

    private static string Answer(string kind, char box) => $"box {kind} {box}.";

    private static string HouseAnswer(string kind) => Answer(kind, HouseBox(kind));

    private static string Ask(Random random, string thing) => string.Format(random.Pick(HouseQuestions), thing);

    private static char HouseBox(string kind) => HouseBoxes[Kinds.Names.ToList().IndexOf(kind)];
}
