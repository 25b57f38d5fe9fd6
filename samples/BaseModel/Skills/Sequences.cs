namespace BaseModel.Skills;

/// <summary>Order: the calendar, and lists to reverse, to sort and to pick from.</summary>
internal static class Sequences
{
    private static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    private static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    private static readonly string[] Ordinals = ["first", "second", "third"];

    public static IReadOnlyList<Skill> Skills { get; } =
        [new("calendar", 3, Calendar), new("copy", 4, Copy), new("reverse", 4, Reverse), new("sort", 6, Sort), new("pick", 5, PickWord)];

    private static Row Calendar(Random random)
    {
        var (unit, names) = random.Next(2) == 0 ? ("day", Days) : ("month", Months);
        int i = random.Next(names.Length);
        var (here, next) = (names[i], names[(i + 1) % names.Length]);
        return random.Next(2) == 0
            ? new(random.Pick([$"Which {unit} comes after {here}?", $"What {unit} follows {here}?", $"Name the {unit} after {here}.", $"After {here} comes which {unit}?"]),
                $"{next} comes after {here}.")
            : new(random.Pick([$"Which {unit} comes before {next}?", $"What {unit} precedes {next}?", $"Name the {unit} before {next}.", $"Before {next} comes which {unit}?"]),
                $"{here} comes before {next}.");
    }

    private static Row Copy(Random random)
    {
        string list = random.Next(2) == 0
            ? string.Join(", ", random.PickSeveral(Spelling.Words, 3))
            : string.Join(", ", random.PickSeveral(Enumerable.Range(1, 99).ToArray(), 3));
        return new(random.Pick([$"Copy: {list}.", $"Say after me: {list}.", $"Repeat: {list}.", $"Write down {list}."]), $"{list}.");
    }

    private static Row Reverse(Random random)
    {
        string[] words = random.PickSeveral(Spelling.Words, 3);
        string list = string.Join(", ", words);
        string question = random.Pick([$"Reverse: {list}.", $"Say these backwards: {list}.", $"Turn this list round: {list}.", $"Give the reverse order of {list}."]);
        return new(question, string.Join(", ", words.Reverse()) + ".");
    }

    private static Row Sort(Random random)
    {
        int[] numbers = random.PickSeveral(Enumerable.Range(1, 20).ToArray(), 3);
        string list = string.Join(", ", numbers);
        string question = random.Pick([$"Sort: {list}.", $"Put these in order: {list}.", $"Sort from small to large: {list}.", $"Arrange {list}."]);
        return new(question, string.Join(", ", numbers.Order()) + ".");
    }

    private static Row PickWord(Random random)
    {
        string[] words = random.PickSeveral(Spelling.Words, 3);
        string list = string.Join(", ", words);
        int i = random.Next(3);
        string question = random.Pick(
            [$"Which word is {Ordinals[i]} in {list}?", $"Name the {Ordinals[i]} of {list}.", $"Take the {Ordinals[i]} word: {list}."]);
        return new(question, $"The {Ordinals[i]} word is {words[i]}.");
    }
}
