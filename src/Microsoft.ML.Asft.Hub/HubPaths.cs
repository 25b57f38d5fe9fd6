using System.IO.Enumeration;

namespace Microsoft.ML.Asft.Hub;

/// <summary>Maps names from the Hub to paths on disk, and checks them.</summary>
internal static class HubPaths
{
    /// <summary>The path of a file within the folder.</summary>
    /// <exception cref="HubException">The name would leave the folder, or is not a file name.</exception>
    public static string In(string folder, string name)
    {
        string[] parts = name.Split('/');
        bool isSafe = parts.All(
            part => part is not ("" or "." or "..") && part.IndexOfAny(['\\', ':', '\0']) < 0 && !part.Any(char.IsControl))
            && parts[0] != HubManifest.FolderName;
        string root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        string path = isSafe ? Path.GetFullPath(Path.Combine(root, Path.Combine(parts))) : "";
        return path.StartsWith(root, StringComparison.Ordinal) ? path : throw new HubException(
            $"The repository has a file named '{name}', which could be written outside '{folder}'. Nothing was downloaded. Leave the file out with --include.");
    }

    /// <summary>Throws if a folder on the path to a file is a link, because a link may lead anywhere.</summary>
    /// <exception cref="HubException">One is.</exception>
    public static void CheckLinks(string folder, string path)
    {
        string root = Path.GetFullPath(folder);
        for (string? at = path; at is not null && at.Length > root.Length; at = Path.GetDirectoryName(at))
        {
            if (new FileInfo(at).LinkTarget is not null)
            {
                throw new HubException($"'{at}' is a link, which may leave '{folder}'. Remove it, or name another folder.");
            }
        }
    }

    /// <exception cref="HubException">It is not a repository's name.</exception>
    public static void CheckRepository(string repository)
    {
        string[] parts = repository.Split('/');
        bool isName = parts.Length is 1 or 2
            && parts.All(part => part.Length > 0 && part is not ("." or "..")
                && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));
        if (!isName)
        {
            throw new HubException($"'{repository}' is not a repository's name. It must look like Qwen/Qwen2.5-0.5B.");
        }
    }

    public static bool Matches(string path, IReadOnlyList<string> patterns) =>
        patterns.Count == 0 || patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false));
}
