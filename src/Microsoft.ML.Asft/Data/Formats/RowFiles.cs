using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>The files of rows that paths name: files, folders, patterns such as <c>data/*.jsonl</c>, and <c>-</c> for standard input.</summary>
internal static class RowFiles
{
    public const string StandardInput = "-";

    private static readonly EnumerationOptions Enumeration = new() { RecurseSubdirectories = true, MatchCasing = MatchCasing.CaseSensitive };

    /// <summary>Finds the files.</summary>
    /// <param name="paths">The paths, in the order in which their rows are read.</param>
    /// <param name="split">The part of a data set's folder to read, such as <c>train</c>; null if there is only one.</param>
    /// <returns>The files; those of a folder or pattern are sorted by name.</returns>
    /// <exception cref="FileNotFoundException">A path does not exist.</exception>
    /// <exception cref="InvalidDataException">A folder has no such split, or several and none is named.</exception>
    public static IReadOnlyList<RowFile> Find(IReadOnlyList<string> paths, string? split)
    {
        if (paths.Count == 0)
        {
            throw new ArgumentException("Name at least one file.", nameof(paths));
        }
        if (split is not null && !paths.Any(Directory.Exists))
        {
            throw new ArgumentException(
                $"A split ('{split}') needs a data set's folder, but {string.Join(", ", paths)} is not one.", nameof(split));
        }
        return [.. paths.SelectMany(path => FilesOf(path, split)).Select(RowFile.For)];
    }

    private static IEnumerable<string> FilesOf(string path, string? split) =>
        path == StandardInput || File.Exists(path) ? [path]
        : Directory.Exists(path) ? DataSplit.Choose(path, FilesIn(path), split)
        : path.AsSpan().ContainsAny('*', '?') ? Matches(path)
        : throw new FileNotFoundException($"There is no file '{path}'.", path);

    private static string[] FilesIn(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*", Enumeration).Where(file => RowFile.IsNamedAsRows(file) && !IsAside(folder, file))];
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0 ? files : throw new FileNotFoundException(
            $"The folder '{folder}' has no files of rows: .jsonl, .json, .csv, .tsv or .parquet, each also with .gz.", folder);
    }

    // Hidden files, and the metadata files of data sets.
    private static bool IsAside(string folder, string file) =>
        Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.') || part.StartsWith('_'))
        || Path.GetFileName(file) is "dataset_info.json" or "dataset_infos.json" or "dataset_dict.json" or "state.json";

    private static string[] Matches(string pattern)
    {
        // The folder at the start of the pattern, and the rest of the pattern.
        string full = Path.GetFullPath(pattern);
        int wild = full.AsSpan().IndexOfAny('*', '?');
        string folder = full[..(full.LastIndexOf(Path.DirectorySeparatorChar, wild) + 1)];
        var parts = full[folder.Length..].Split(Path.DirectorySeparatorChar);
        string[] files = Directory.Exists(folder) ? [.. Walk(folder, parts)] : [];
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0 ? files : throw new FileNotFoundException($"No file matches '{pattern}'.", pattern);
    }

    private static IEnumerable<string> Walk(string folder, ReadOnlyMemory<string> parts)
    {
        string part = parts.Span[0];
        if (parts.Length == 1)
        {
            return Directory.EnumerateFiles(folder, part == "**" ? "*" : part);
        }
        ReadOnlyMemory<string> rest = parts[1..];
        return part == "**"
            ? Walk(folder, rest).Concat(Directory.EnumerateDirectories(folder).SelectMany(inner => Walk(inner, parts)))
            : Directory.EnumerateDirectories(folder, part).SelectMany(inner => Walk(inner, rest));
    }
}
