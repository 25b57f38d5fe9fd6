namespace Microsoft.ML.Asft.Data.Examples;

/// <summary>Puts a share of the examples aside to measure on.</summary>
internal static class ExampleSplit
{
    /// <summary>Splits, both parts in the order of the data.</summary>
    /// <exception cref="InvalidDataException">There are too few examples to leave one for each part.</exception>
    public static (ExampleSet Training, ExampleSet Validation) Of(ExampleSet set, double fraction, int seed)
    {
        var examples = set.Examples;
        if (examples.Count < 2)
        {
            throw new InvalidDataException(
                "There is one row only, and none can be put aside for validation. Set Validation.Fraction to 0, or give more rows.");
        }

        int[] order = [.. Enumerable.Range(0, examples.Count)];
        new Random(seed).Shuffle(order);
        int count = Math.Clamp((int)Math.Round(fraction * examples.Count), 1, examples.Count - 1);
        var aside = order.Take(count).ToHashSet();
        return (
            set with { Examples = [.. examples.Where((_, i) => !aside.Contains(i))] },
            new ExampleSet([.. examples.Where((_, i) => aside.Contains(i))], 0, 0, 0, [], [.. set.Samples.Where((_, i) => aside.Contains(i))]));
    }
}
