namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>Goes through rows × vocabulary a chunk of rows at a time, since all of it at once may not fit the memory.</summary>
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
