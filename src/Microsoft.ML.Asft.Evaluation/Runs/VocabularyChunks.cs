namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>Processes rows × vocabulary in chunks of rows, because the whole may not fit into memory.</summary>
internal static class VocabularyChunks
{
    private const long MostElements = 1 << 24;

    public static IEnumerable<(long Start, long Count)> Of(long rows, long vocabulary)
    {
        long most = Math.Max(1, MostElements / vocabulary);
        for (long start = 0; start < rows; start += most)
        {
            yield return (start, Math.Min(most, rows - start));
        }
    }
}
