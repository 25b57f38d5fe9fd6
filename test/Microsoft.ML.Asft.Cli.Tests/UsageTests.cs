using System.CommandLine;
using Microsoft.ML.Asft.Cli.Commands;

namespace Microsoft.ML.Asft.Cli.Tests;

public sealed class UsageTests
{
    public static TheoryData<string> Commands => [.. AllCommands().Select(c => c.Name)];

    public static TheoryData<string> Evaluations => [.. EvaluationCommands().Select(c => c.Name)];

    [Fact]
    public async Task Help_lists_the_commands_that_work_and_no_others()
    {
        var run = await ToolRun.Done("--help");

        var commands = run.OutLines.SkipWhile(line => !line.StartsWith("Commands:", StringComparison.Ordinal)).Skip(1);
        string[] listed = [.. commands.Select(line => line.Trim().Split(' ')[0]).Where(name => name.Length > 0)];
        Assert.Equal(["diagnose", "train", "score", "generate", "chat", "serve", "encode", "tokenize", "render", "init", "inspect", "merge", "download", "export", "evaluate"], listed);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_of_a_command_ends_with_its_examples(string command)
    {
        var run = await ToolRun.Done(command, "--help");

        string examples = run.Out[run.Out.IndexOf("Examples:", StringComparison.Ordinal)..];
        Assert.Contains($"asft {command} ", examples, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Examples_are_command_lines_that_the_tool_understands(string command)
    {
        var found = AllCommands().Single(c => c.Name == command);
        Assert.NotEmpty(found.Examples);
        foreach (string example in found.Examples)
        {
            string withoutShell = example.Split(['<', '|'])[0];
            Assert.Empty(AsftCommandLine.Root(ConsoleOfNothing()).Parse(withoutShell).Errors);
        }
    }

    [Theory]
    [InlineData("train")]
    [InlineData("nonsense")]
    [InlineData("merge --model a --output c")]
    [InlineData("train --model a --data b --output c --retrain")]
    [InlineData("train --model a --data b --output c --lora-rank 0")]
    [InlineData("train --model a --data b --output c --learning-rate much")]
    [InlineData("train --model a --data b --output c --learning-rate NaN")]
    [InlineData("train --model a --data b --output c --objective best")]
    [InlineData("train --model a --data b --output c --full --lora-rank 4")]
    [InlineData("train --model . --data b --output c --batch-size 4 --global-batch-size 6")]
    [InlineData("generate --model a")]
    [InlineData("generate --model a --pipeline b --prompt c")]
    [InlineData("generate --model a --prompt b --data c")]
    [InlineData("generate --model a --prompt b --output c")]
    [InlineData("generate --pipeline a --prompt b --temperature 1")]
    [InlineData("generate --model a --prompt b --top-p 1.5")]
    [InlineData("chat")]
    [InlineData("chat --model a --pipeline b")]
    [InlineData("serve --model a --port 70000")]
    [InlineData("init --output a --tokenizer b --preset huge")]
    [InlineData("init --output a --tokenizer b --layers few")]
    [InlineData("score --model a --data b --threads 0")]
    public async Task Wrong_usage_is_told_in_one_line_and_ends_with_2(string commandLine)
    {
        var run = await ToolRun.Of(commandLine.Split(' '));

        Assert.Equal(2, run.ExitCode);
        Assert.Single(run.ErrorLines);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task No_arguments_at_all_show_the_help_as_wrong_usage()
    {
        var run = await ToolRun.Of();

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Commands:", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Mode_is_another_name_of_objective()
    {
        // A choice that is refused shows that it was read as one.
        var run = await ToolRun.Of("train", "--model", "a", "--data", "b", "--output", "c", "--mode", "best");

        Assert.Contains("--objective is 'best'", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train --model nowhere --data b --output c")]
    [InlineData("score --model nowhere --data b")]
    [InlineData("encode --model nowhere --data b")]
    [InlineData("generate --model nowhere --prompt b")]
    [InlineData("generate --pipeline nowhere --prompt b")]
    [InlineData("chat --model nowhere")]
    [InlineData("serve --pipeline nowhere")]
    [InlineData("tokenize --model nowhere")]
    [InlineData("render --model nowhere")]
    [InlineData("init --tokenizer nowhere --output c")]
    [InlineData("inspect nowhere")]
    public async Task A_path_that_is_not_there_is_told_in_one_line_and_ends_with_1(string commandLine)
    {
        var run = await ToolRun.Of(commandLine.Split(' '));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("'nowhere'", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Verbose_adds_the_trace_of_an_error()
    {
        var run = await ToolRun.Of("inspect", "nowhere", "--verbose");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("   at Microsoft.ML.Asft.Cli.Commands.InspectCommand", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Evaluations))]
    public async Task Help_and_examples_of_an_evaluation_hold(string name)
    {
        var run = await ToolRun.Done("evaluate", name, "--help");
        Assert.Contains($"asft evaluate {name} ", run.Out, StringComparison.Ordinal);
        var root = AsftCommandLine.Root(ConsoleOfNothing());
        Assert.All(EvaluationCommands().Single(c => c.Name == name).Examples, example => Assert.Empty(root.Parse(example).Errors));
    }

    private static IEnumerable<AsftCommand> EvaluationCommands() =>
        AsftCommandLine.Root(ConsoleOfNothing()).Subcommands.Single(c => c.Name == "evaluate").Subcommands.OfType<AsftCommand>();

    private static IEnumerable<AsftCommand> AllCommands() => AsftCommandLine.Root(ConsoleOfNothing()).Subcommands.OfType<AsftCommand>();

    private static Output.CommandConsole ConsoleOfNothing() => new(TextReader.Null, TextWriter.Null, TextWriter.Null);
}
