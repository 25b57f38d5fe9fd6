namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>Reads the result of an earlier run from its folder.</summary>
internal static class RunFolder
{
    /// <exception cref="InvalidDataException">The folder has no items, or items of another evaluation.</exception>
    public static IReadOnlyList<TItem> Items<TItem>(string folder) => ItemLog<TItem>.Load(folder) is { Count: > 0 } items
        ? items
        : throw new InvalidDataException(
            $"The folder '{folder}' has no items of a run. It needs the items.jsonl of a finished evaluation.");
}
