namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>Shortens different values for messages: of long values it shows the part where they begin to differ.</summary>
internal static class DifferingText
{
    private const int LongestWhole = 40;
    private const int ShownLength = 24;
    private const int ShownBefore = 8;

    /// <summary>Shortens values so that they still look different.</summary>
    /// <returns>A text for each value, in the same order; <c>not set</c> for an empty value.</returns>
    public static string[] Of(params IReadOnlyList<string> values)
    {
        return [.. values.Select((value, i) => Cut(value, from: values
            .Where((_, j) => j != i)
            .Select(other => value.AsSpan().CommonPrefixLength(other))
            .DefaultIfEmpty(0)
            .Max()))];
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
