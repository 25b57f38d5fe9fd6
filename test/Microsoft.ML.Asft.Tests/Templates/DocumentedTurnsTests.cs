using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Tests.Templates;

public class DocumentedTurnsTests
{
    [Fact]
    public void The_example_of_what_is_learnt_is_what_the_library_gives()
    {
        string page = File.ReadAllText(Path.Combine(Root(), "docs", "models.md"));
        string section = page[page.IndexOf("### What is learnt", StringComparison.Ordinal)..];

        Assert.Equal(
            Block(section, "text"),
            PromptTemplate.Create("chatml").Marked([.. PromptMessage.ListFromJson(Block(section, "json"))]));
    }

    private static string Block(string page, string language) =>
        Regex.Match(page, $"^```{language}\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline).Groups[1].Value;

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Microsoft.ML.Asft.slnx")))
        {
            folder = folder.Parent;
        }
        return folder!.FullName;
    }
}
