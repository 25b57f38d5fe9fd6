using System.IO.Enumeration;

namespace Microsoft.ML.Asft.Hub;

/// <summary>Names that come from the Hub, and the places on disk that they may stand for.</summary>
internal static class HubPaths
{
    /// <summary>The place of a file, which is within the folder.</summary>
    /// <exception cref="HubException">The name would lead out of the folder, or is no name of a file.</exception>
    public static string In(string folder, string name)
    {
        string[] parts = name.Split('/');
        bool isSafe = parts.All(
            part => part is not ("" or "." or "..") && part.IndexOfAny(['\\', ':', '\0']) < 0 && !part.Any(char.IsControl))
            && parts[0] != HubManifest.FolderName;
        string root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        string path = isSafe ? Path.GetFullPath(Path.Combine(root, Path.Combine(parts))) : "";
        return path.StartsWith(root, StringComparison.Ordinal) ? path : throw new HubException(
            $"The repository has a file named '{name}', which could be written outside of '{folder}'. Nothing was downloaded; leave the file out with --include.");
    }

    /// <summary>Refuses a folder on the way to a file that is a link, since a link may lead anywhere.</summary>
    /// <exception cref="HubException">One is.</exception>
    public static void CheckLinks(string folder, string path)
    {
        string root = Path.GetFullPath(folder);
        for (string? at = path; at is not null && at.Length > root.Length; at = Path.GetDirectoryName(at))
        {
            if (new FileInfo(at).LinkTarget is not null)
            {
                throw new HubException($"'{at}' is a link, which may lead out of '{folder}'. Remove it, or name another folder.");
            }
        }
    }

    /// <exception cref="HubException">It is no repository's name.</exception>
    public static void CheckRepository(string repository)
    {
        string[] parts = repository.Split('/');
        bool isName = parts.Length is 1 or 2
            && parts.All(part => part.Length > 0 && part is not ("." or "..")
                && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));
        if (!isName)
        {
            throw new HubException($"'{repository}' is no repository's name; it must be such as Qwen/Qwen2.5-0.5B.");
        }
    }

    public static bool Matches(string path, IReadOnlyList<string> patterns) =>
        patterns.Count == 0 || patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false));
}
