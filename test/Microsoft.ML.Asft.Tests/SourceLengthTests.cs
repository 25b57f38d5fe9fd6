using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests;

/// <summary>A type of more than 300 lines, its partial files together, says in its header why it is one type.</summary>
public partial class SourceLengthTests
{
    private const int MaxLines = 300;

    [Fact]
    public void A_long_type_says_why_it_is_long()
    {
        string[] unexplained =
        [
            .. Types(Repository.Root).Where(type => type.Lines > MaxLines && !Reason().IsMatch(type.Header)).Select(type => $"{type.Name}: {type.Lines} lines"),
        ];
        Assert.True(unexplained.Length == 0, $"Divide them, or say in the header why 'it is one file' or 'it is longer': {string.Join("; ", unexplained)}");
    }

    [Fact]
    public void Partial_files_count_together_and_a_reason_counts()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "src", "Library"));
        foreach (string file in new[] { "Long.cs", "Long.Part.cs" })
        {
            File.WriteAllLines(Path.Combine(folder.Path, "src", "Library", file), Enumerable.Repeat("//", 160).Append("partial class Long;"));
        }

        var type = Assert.Single(Types(folder.Path));
        Assert.Equal(322, type.Lines);
        Assert.DoesNotMatch(Reason(), type.Header);
        Assert.Matches(Reason(), "All of it is one pass, so it is one file.");
    }

    // The files of a type have its name before the first dot.
    private static IEnumerable<(string Name, int Lines, string Header)> Types(string root) =>
        from top in new[] { "src", "test", "bench", "samples" }
        where Directory.Exists(Path.Combine(root, top))
        from project in Directory.EnumerateDirectories(Path.Combine(root, top))
        from type in Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(project, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .GroupBy(file => Path.GetFileName(file).Split('.')[0], StringComparer.Ordinal)
        let lines = type.Order(StringComparer.Ordinal).Select(File.ReadAllLines).ToArray()
        select ($"{Path.GetFileName(project)}/{type.Key}", lines.Sum(file => file.Length),
            string.Join('\n', lines.SelectMany(file => file.TakeWhile(line => !Declaration().IsMatch(line)))));

    [GeneratedRegex(@"^\s*(?:public|internal|partial|static|sealed|abstract)\b.*\b(?:class|struct|record|interface|enum)\b")]
    private static partial Regex Declaration();

    [GeneratedRegex("is one file|is longer", RegexOptions.IgnoreCase)]
    private static partial Regex Reason();
}
