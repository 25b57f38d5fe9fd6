namespace Microsoft.ML.Asft.Data;

/// <summary>
/// The splits of a data set's folder, by the names of files and folders, as on the Hugging Face Hub: the words <c>train</c>,
/// <c>validation</c>, <c>test</c> and similar ones, separated by anything but a letter; or any word before <c>-00000-of-00001</c>.
/// </summary>
internal static class DataSplit
{
    private static readonly Dictionary<string, string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = "train", ["training"] = "train",
        ["validation"] = "validation", ["valid"] = "validation", ["val"] = "validation", ["dev"] = "validation",
        ["test"] = "test", ["testing"] = "test", ["eval"] = "test", ["evaluation"] = "test",
    };

    /// <summary>Chooses the files of a split.</summary>
    /// <exception cref="InvalidDataException">
    /// There is no such split; there are several and none is named; or its files belong to several data sets.
    /// </exception>
    public static IReadOnlyList<string> Choose(string folder, IReadOnlyList<string> files, string? split)
    {
        ILookup<string, string> splits = files.ToLookup(file => Of(Path.GetRelativePath(folder, file)) ?? "");
        string[] names = [.. splits.Select(group => group.Key).Where(name => name.Length > 0).Order(StringComparer.Ordinal)];
        if (split is null)
        {
            return splits.Count <= 1 ? Single(folder, files, hasSplits: names.Length > 0) : throw new InvalidDataException(
                $"The folder '{folder}' has the splits {string.Join(", ", names)}{(splits.Contains("") ? ", and other files" : "")}. Choose one "
                + "(--split on the command line), or name the files.");
        }
        string wanted = Words.GetValueOrDefault(split, split);
        return names.Contains(wanted, StringComparer.Ordinal) ? Single(folder, [.. splits[wanted]], hasSplits: true) : throw new InvalidDataException(
            $"The folder '{folder}' has no split '{split}'; it has {(names.Length > 0 ? string.Join(", ", names) : "no splits")}.");
    }

    // A repository may hold several data sets, each in a folder. They must not be read as one.
    private static IReadOnlyList<string> Single(string folder, IReadOnlyList<string> files, bool hasSplits)
    {
        string[] folders = [.. files.Select(file => Path.GetRelativePath(folder, Path.GetDirectoryName(file)!)).Distinct(StringComparer.Ordinal)];
        return !hasSplits || folders.Length == 1 || folders.All(f => Of(f) is not null) ? files : throw new InvalidDataException(
            $"The folder '{folder}' holds several data sets, in {string.Join(", ", folders)}. Name one of these folders.");
    }

    /// <summary>The split of a path within the folder: from the file's name, or else from the nearest folder's name.</summary>
    private static string? Of(string path)
    {
        foreach (string part in path.Split(Path.DirectorySeparatorChar).Reverse())
        {
            int shard = part.IndexOf("-of-", StringComparison.Ordinal);
            int dash = shard < 0 ? -1 : part.LastIndexOf('-', shard - 1);
            if (dash > 0)
            {
                return Words.GetValueOrDefault(part[..dash], part[..dash]);
            }
            if (WordsOf(part).FirstOrDefault(Words.ContainsKey) is { } word)
            {
                return Words[word];
            }
        }
        return null;
    }

    private static IEnumerable<string> WordsOf(string name)
    {
        int start = 0;
        for (int i = 0; i <= name.Length; i++)
        {
            if (i == name.Length || !char.IsLetter(name[i]))
            {
                if (i > start)
                {
                    yield return name[start..i];
                }
                start = i + 1;
            }
        }
    }
}
