namespace Microsoft.ML.Asft.Data.Examples;

/// <summary>Reserves a share of the examples for validation.</summary>
internal static class ExampleSplit
{
    /// <summary>Splits the examples; both parts keep the order of the data.</summary>
    /// <exception cref="InvalidDataException">There are too few examples to leave one for each part.</exception>
    public static (ExampleSet Training, ExampleSet Validation) Of(ExampleSet set, double fraction, int seed)
    {
        var examples = set.Examples;
        if (examples.Count < 2)
        {
            throw new InvalidDataException(
                "There is only one row, so none can be reserved for validation. Set Validation.Fraction to 0, or give more rows.");
        }

        int[] order = [.. Enumerable.Range(0, examples.Count)];
        new Random(seed).Shuffle(order);
        int count = Math.Clamp((int)Math.Round(fraction * examples.Count), 1, examples.Count - 1);
        var aside = order.Take(count).ToHashSet();
        return (
            set with { Examples = [.. examples.Where((_, i) => !aside.Contains(i))] },
            new ExampleSet([.. examples.Where((_, i) => aside.Contains(i))], 0, 0, 0, [], [.. set.Samples.Where((_, i) => aside.Contains(i))], []));
    }
}
