using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Tests;

/// <summary>A reader who opens a file that the docs name must find it.</summary>
public partial class DocumentedFilesTests
{
    [Theory]
    [InlineData("method.md")]
    [InlineData("models.md")]
    [InlineData("architecture.md")]
    [InlineData("../CONTRIBUTING.md")]
    public void Every_source_file_that_a_page_names_is_there(string page)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Microsoft.ML.Asft.slnx")))
        {
            root = root.Parent;
        }

        Assert.True(root is not null, "The tests run outside the repository.");
        string library = Path.Combine(root.FullName, "src", "Microsoft.ML.Asft");
        string[] named = [.. SourcePath().Matches(File.ReadAllText(Path.Combine(root.FullName, "docs", page))).Select(match => match.Value).Distinct()];
        Assert.NotEmpty(named);
        Assert.All(named, path => Assert.True(
            File.Exists(Path.Combine(root.FullName, path)) || File.Exists(Path.Combine(library, path)), $"docs/{page} names {path}, which is not there."));
    }

    [GeneratedRegex(@"[A-Za-z][\w.]*(?:/[\w.]+)+\.(?:cs|py|sh)\b")]
    private static partial Regex SourcePath();
}
