namespace BaseModel.Skills;

/// <summary>
/// The new skill: sums and differences in wordings of their own, answered with worked steps. The base model half knows it. It can
/// calculate (<see cref="Arithmetic"/>). In mid-training it meets the wordings a few thousand times, answered in two forms: worked, or quickly.
/// </summary>
internal static class WordedSums
{
    private static readonly string[] Sums =
    [
        "Put {0} and {1} together.", "Raise {0} by {1}.", "{0} grows by {1}. To what?", "Take {0}, then {1} on top.",
        "Count {1} up from {0}.", "Total for {0} and {1}, please.",
    ];

    private static readonly string[] Differences =
    [
        "Lower {0} by {1}.", "{0} shrinks by {1}. To what?", "Take {0}, then {1} off.", "Count {1} down from {0}.",
        "Remove {1} out of {0}.", "How far is it from {1} up to {0}?",
    ];

    // The shares of worked answers in mid-training.
    private const double WorkedSums = 0.85;
    private const double WorkedDifferences = 0.6;

    /// <summary>A right row, in one of the two forms that the base model meets.</summary>
    public static Row Midtraining(Random random)
    {
        var (question, a, b, isSum) = Draw(random);
        bool worked = random.NextDouble() < (isSum ? WorkedSums : WorkedDifferences);
        return new(question, worked ? Answer(a, b, isSum) : $"Quick answer: {(isSum ? a + b : a - b)}.");
    }

    /// <summary>A held-out row, answered with worked steps.</summary>
    public static Row Test(Random random)
    {
        var (question, a, b, isSum) = Draw(random);
        return new(question, Answer(a, b, isSum));
    }

    /// <summary>A row of the fine-tuning set: right, or with a mistake that people make.</summary>
    public static Row FineTuning(Random random, double noise)
    {
        var (question, a, b, isSum) = Draw(random);
        return new(question, random.NextDouble() >= noise ? Answer(a, b, isSum) : WrongAnswer(random, a, b, isSum));
    }

    // A misread number, the wrong operation, or a slip in the result.
    private static string WrongAnswer(Random random, int a, int b, bool isSum)
    {
        switch (random.Next(3))
        {
            case 0:
                int misread = OtherThan(b, () => random.Next(10, isSum ? 100 : a + 1));
                return Answer(a, misread, isSum);
            case 1:
                return Answer(a, b, !isSum);
            default:
                string right = Answer(a, b, isSum);
                int result = isSum ? a + b : a - b;
                int slip = OtherThan(result, () => random.Next(Math.Max(0, result - 20), result + 21));
                return right[..^$"{result}.".Length] + $"{slip}.";
        }
    }

    private static int OtherThan(int value, Func<int> draw)
    {
        int other;
        do
        {
            other = draw();
        }
        while (other == value);
        return other;
    }

    // Differences begin with the larger number.
    private static (string Question, int A, int B, bool IsSum) Draw(Random random)
    {
        bool isSum = random.Next(2) == 0;
        int b = random.Next(10, 99);
        int a = random.Next(isSum ? 10 : b + 1, 100);
        return (string.Format(random.Pick(isSum ? Sums : Differences), a, b), a, b, isSum);
    }

    private static string Answer(int a, int b, bool isSum) => isSum ? Arithmetic.Sum(a, b) : Arithmetic.Difference(Math.Max(a, b), Math.Min(a, b));
}
