namespace Microsoft.ML.Asft.Training;

/// <summary>Values that differ, as messages have them: long ones are cut to where they begin to differ.</summary>
internal static class DifferingText
{
    private const int LongestWhole = 40;
    private const int ShownLength = 24;
    private const int ShownBefore = 8;

    /// <summary>Cuts values so that they still look different.</summary>
    /// <returns>One text for each value, in the same order; <c>not set</c> for an empty one.</returns>
    public static string[] Of(params IReadOnlyList<string> values)
    {
        int common = values.Aggregate(values[0].Length, (length, value) => Math.Min(length, values[0].AsSpan().CommonPrefixLength(value)));
        return [.. values.Select(value => Cut(value, common))];
    }

    private static string Cut(string value, int from)
    {
        if (value.Length <= LongestWhole)
        {
            return value.Length == 0 ? "not set" : value;
        }

        int start = from < value.Length ? Math.Max(0, from - ShownBefore) : Math.Max(0, value.Length - ShownLength);
        int end = Math.Min(value.Length, start + ShownLength);
        return $"{(start > 0 ? "…" : "")}{value[start..end]}{(end < value.Length ? "…" : "")}";
    }
}
