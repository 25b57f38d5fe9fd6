using System.CommandLine;
using System.Text;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>docs/cli.md has every command, argument and option of the tool.</summary>
public class CommandLinePageTests
{
    [Fact]
    public void The_page_of_the_command_line_is_what_the_commands_say()
    {
        string page = Page();
        string written = Path.Combine(AppContext.BaseDirectory, "cli.md");
        File.WriteAllText(written, page);

        string found = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));
        Assert.True(found == page, $"The commands have changed. Copy {written} to docs/cli.md.");
    }

    private static string Page()
    {
        var root = AsftCommandLine.Root(new Output.CommandConsole(TextReader.Null, TextWriter.Null, TextWriter.Null));
        var page = new StringBuilder(
            """
            # The command line

            Every command with its options. `asft COMMAND --help` shows the same, with default values and examples. A test writes this page from the commands.

            """.ReplaceLineEndings("\n"));
        Append(page, root, "asft");
        return page.ToString();
    }

    private static void Append(StringBuilder page, System.CommandLine.Command command, string path)
    {
        page.Append($"\n## {path}\n\n{command.Description}\n");
        var rows = command.Arguments.Where(argument => !argument.Hidden).Select(argument => (Term: argument.HelpName ?? argument.Name, argument.Description))
            .Concat(command.Options.Where(option => !option.Hidden).OrderBy(option => option.Name, StringComparer.Ordinal)
                .Select(option => (Term: string.Join("`, `", option.Aliases.Order(StringComparer.Ordinal).Prepend(option.Name)) + Value(option), option.Description)))
            .ToArray();
        if (rows.Length > 0)
        {
            page.Append("\n| | |\n|---|---|\n");
            foreach (var (term, description) in rows)
            {
                page.Append($"| `{Cell(term)}` | {Cell(description)} |\n");
            }
        }

        foreach (var inner in command.Subcommands.Where(inner => !inner.Hidden))
        {
            Append(page, inner, $"{path} {inner.Name}");
        }
    }

    // A vertical bar would end the cell.
    private static string? Cell(string? text) => text?.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Value(Option option) => option.HelpName is { Length: > 0 } name ? $" {name}" : "";
}
