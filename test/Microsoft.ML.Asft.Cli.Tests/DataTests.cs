using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Cli.Tests;

public sealed class DataTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public async Task Several_files_patterns_and_folders_are_read()
    {
        string folder = Directory.CreateDirectory(tiny.At("many")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "a.jsonl"), """{"prompt": "no", "completion": "yes"}""");
        await File.WriteAllTextAsync(Path.Combine(folder, "b.csv"), "instruction,response\nno,yes\nyes,no\n");

        Assert.Equal(3, (await ToolRun.Done("encode", "--model", tiny.Model, "--data", folder)).OutLines.Length);
        Assert.Single((await ToolRun.Done("encode", "--model", tiny.Model, "--data", Path.Combine(folder, "*.jsonl"))).OutLines);
        Assert.Equal(5, (await ToolRun.Done(
            "encode", "--model", tiny.Model, "--data", folder, "--data", Path.Combine(folder, "b.csv"))).OutLines.Length);
    }

    [Fact]
    public async Task A_split_of_a_folder_is_chosen_for_training_and_for_measuring()
    {
        string folder = Directory.CreateDirectory(tiny.At("splits")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "train.jsonl"), """{"instruction": "no", "response": "yes"}""");
        await File.WriteAllTextAsync(Path.Combine(folder, "test.jsonl"), """{"instruction": "no", "response": ""}""");

        var unclear = await ToolRun.Of("encode", "--model", tiny.Model, "--data", folder);
        Assert.Equal(1, unclear.ExitCode);
        Assert.Contains("has the splits test, train. Choose one (--split on the command line)", unclear.Error, StringComparison.Ordinal);
        Assert.Single((await ToolRun.Done("encode", "--model", tiny.Model, "--data", folder, "--split", "train")).OutLines);
        var run = await ToolRun.Of([.. tiny.Train("split-out"), "--eval-data", folder, "--eval-split", "test"]);
        Assert.Contains("test.jsonl, line 1, column 'response': the response is empty", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_column_is_told_with_those_there_are_and_the_option()
    {
        string file = tiny.At("other.jsonl");
        await File.WriteAllTextAsync(file, """{"question": "no", "answer": "yes"}""");

        var run = await ToolRun.Of("encode", "--model", tiny.Model, "--data", file);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Could not find prompt column 'instruction'. The data has question, answer. Name the column with --prompt-column", run.Error, StringComparison.Ordinal);
        await ToolRun.Done("encode", "--model", tiny.Model, "--data", file, "--prompt-column", "question", "--response-column", "answer");
    }

    [Fact]
    public async Task Which_turns_are_learnt_can_be_chosen()
    {
        string file = tiny.At("turns.jsonl");
        await File.WriteAllTextAsync(
            file,
            """{"messages": [{"role": "user", "content": "no"}, {"role": "assistant", "content": "yes"}, {"role": "user", "content": "no"}, {"role": "assistant", "content": "yes"}]}""");

        int all = (await ToolRun.Done("encode", "--json", "--model", tiny.Model, "--data", file)).Json.GetProperty("labelled_tokens").GetInt32();
        int last = (await ToolRun.Done("encode", "--json", "--model", tiny.Model, "--data", file, "--turns", "last")).Json.GetProperty("labelled_tokens").GetInt32();
        Assert.Equal(all, 2 * last);
    }

    [Fact]
    public void Commands_of_the_documentation_are_command_lines_that_the_tool_understands()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "data.md"));
        string[] commands = [.. Regex.Matches(page, "^asft (.*)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];

        Assert.Equal(3, commands.Length);
        Assert.All(commands, command => Assert.Empty(
            AsftCommandLine.Root(new Output.CommandConsole(TextReader.Null, TextWriter.Null, TextWriter.Null)).Parse(command).Errors));
    }
}
