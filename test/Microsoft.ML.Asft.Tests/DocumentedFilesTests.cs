using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Tests;

/// <summary>A reader who opens a file that the docs name must find it.</summary>
public partial class DocumentedFilesTests
{
    private static readonly string Library = Path.Combine(Repository.Root, "src", "Microsoft.ML.Asft");

    public static TheoryData<string> Pages { get; } = [.. Directory.EnumerateFiles(Repository.Root, "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md"))
        .Select(page => Path.GetRelativePath(Repository.Root, page)).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("docs/method.md")]
    [InlineData("docs/models.md")]
    [InlineData("docs/architecture.md")]
    [InlineData("CONTRIBUTING.md")]
    public void Every_source_file_that_a_page_names_is_there(string page)
    {
        string[] named = [.. SourcePath().Matches(Read(page)).Select(match => match.Value).Distinct()];
        Assert.NotEmpty(named);
        Assert.All(named, path => Assert.True(Exists(path, Repository.Root) || Exists(path, Library), $"{page} names {path}, which is not there."));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_of_a_page_leads_to_a_file(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
        Assert.All(
            Link().Matches(Read(page)).Select(match => match.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal)),
            link => Assert.True(Exists(link, folder), $"{page} links to {link}, which is not there."));
    }

    /// <summary>The tour writes a file, a comma and a member of it.</summary>
    [Fact]
    public void Every_member_that_the_guided_tour_names_is_in_its_file()
    {
        var named = FileAndMember().Matches(Read("docs/architecture.md"));
        Assert.InRange(named.Count, 6, 100);
        Assert.All(named, match => Assert.Matches($@"\b{match.Groups[2].Value}\(", File.ReadAllText(Path.Combine(Library, match.Groups[1].Value))));
    }

    [Fact]
    public void Every_folder_of_the_library_is_in_the_tree_and_the_other_way_round()
    {
        string tree = Read("docs/architecture.md").Split("```")[1];
        string[] ofLibrary = [.. tree.TrimStart().Split('\n').TakeWhile(line => line.Length > 0)];
        string[] drawn = [.. ofLibrary.SelectMany(line => TreeFolder().Match(line) is { Success: true } match ? [match.Groups[1].Value] : Array.Empty<string>())];
        string[] there = [.. Directory.EnumerateDirectories(Library).Select(path => Path.GetFileName(path)!)
            .Where(name => name is not ("bin" or "obj")).Order(StringComparer.Ordinal)];
        Assert.Equal(there, drawn.Order(StringComparer.Ordinal));
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    private static bool Exists(string path, string folder) => Path.Exists(Path.Combine(folder, path));

    [GeneratedRegex(@"[A-Za-z][\w.]*(?:/[\w.]+)+\.(?:cs|py|sh)\b")]
    private static partial Regex SourcePath();

    [GeneratedRegex(@"`((?:\w+/)+[\w.]+\.cs)`,\s+`(\w+)`")]
    private static partial Regex FileAndMember();

    // Without an anchor, which names a heading.
    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    // A folder of the library itself: two spaces, its name, a slash.
    [GeneratedRegex(@"^  ([A-Z]\w+)/")]
    private static partial Regex TreeFolder();
}
