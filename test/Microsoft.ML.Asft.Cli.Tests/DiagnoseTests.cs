using System.Text.Json;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Cli.Tests;

public sealed class DiagnoseTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private static string Asset(string name) => Path.Combine(AppContext.BaseDirectory, "assets", name);

    // The new skill of the quickstart: every row puts a thing into the box of its kind, and the model has never heard of boxes. A row is wrong whose kind has
    // another box in most rows.
    [Fact]
    public async Task A_complete_surprise_is_told_with_a_warm_start_and_its_wrong_labels_are_found()
    {
        var json = (await ToolRun.Done("diagnose", "--model", Asset("base-model"), "--data", Asset("finetune.jsonl"), "--json")).Json;
        var advice = json.GetProperty("recommendation");
        Assert.Equal("surprising", advice.GetProperty("knowledge").GetString());
        Assert.Equal("asft", advice.GetProperty("objective").GetString());
        Assert.True(advice.GetProperty("warm_start_steps").GetInt32() > 0);
        Assert.Equal(1, json.GetProperty("rows").GetProperty("ends_learnt").GetDouble());

        string[][] answers = [.. File.ReadLines(Asset("finetune.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("response").GetString()!.Split(' '))];
        var boxes = answers.GroupBy(words => words[1]).ToDictionary(kind => kind.Key, kind => kind.GroupBy(words => words[2]).MaxBy(box => box.Count())!.Key);
        bool[] isWrong = [.. answers.Select(words => words[2] != boxes[words[1]])];
        double[] scores = [.. json.GetProperty("row_scores").EnumerateArray().Select(score => score.GetDouble())];
        double auc = Auc(scores, isWrong);
        Assert.True(auc >= 0.8, $"AUC {auc:F3}");
    }

    [Fact]
    public async Task What_a_model_knows_is_told_and_hardly_a_row_is_flagged()
    {
        var json = (await ToolRun.Done("diagnose", "--model", Asset("base-model"), "--data", Asset("old_skills_test.jsonl"), "--json")).Json;
        Assert.Equal("known", json.GetProperty("recommendation").GetProperty("knowledge").GetString());
        Assert.True(json.GetProperty("flagged_rows").GetInt32() <= 0.02 * 280);
    }

    [Fact]
    public async Task Text_and_page_say_what_JSON_says()
    {
        string page = tiny.At("diagnosis.html");
        var run = await ToolRun.Done("diagnose", "--model", tiny.Model, "--data", tiny.Data, "--report", page);
        Assert.Contains("Recommended: asft train --objective sft", run.Out, StringComparison.Ordinal);
        Assert.Contains("The model knows nothing of this data", run.Out, StringComparison.Ordinal);
        Assert.Contains("The model knows nothing of this data", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        Assert.Contains("memory at most", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_conversations_and_multiple_choice_rows_are_diagnosed()
    {
        string csv = tiny.At("rows.csv"), chat = tiny.At("chat.json"), choices = tiny.At("choices.jsonl");
        await File.WriteAllTextAsync(csv, "instruction,response\nno,yes\nyes,no\n");
        await File.WriteAllTextAsync(chat, """[{"conversations": [{"from": "human", "value": "no"}, {"from": "gpt", "value": "yes"}]}]""");
        await File.WriteAllTextAsync(choices, """{"question": "the sea?", "choices": ["no", "yes"], "answer": "yes"}""");
        Assert.Equal(2, await Rows(csv));
        Assert.Equal(2, await Rows(Asset("flat.parquet")));
        Assert.Equal(1, await Rows(chat));
        Assert.Equal(1, await Rows(choices, "--prompt-column", "question", "--response-column", "answer"));
    }

    [Fact]
    public async Task What_training_takes_is_estimated_without_data()
    {
        var json = (await ToolRun.Done("inspect", tiny.Model, "--estimate", "--batch-size", "2", "--max-length", "32", "--json")).Json;
        Assert.Equal(64, json.GetProperty("tokens_per_step").GetDouble());
        Assert.True(json.GetProperty("peak_memory_mb").GetDouble() > json.GetProperty("batch_mb").GetDouble());
        Assert.True(json.GetProperty("seconds_per_step").GetDouble() > 0);
        var wrong = await ToolRun.Of("inspect", tiny.Model, "--batch-size", "2");
        Assert.Equal(ExitCode.WrongUsage, wrong.ExitCode);
        Assert.Contains("--batch-size works only with --estimate", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_of_the_documentation_are_command_lines_that_the_tool_understands()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "diagnosis.md"));
        string[] commands = [.. Regex.Matches(page, @"^(?:eng/)?asft ((?:.*\\\n)*.*)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal))];
        Assert.True(commands.Length >= 4, $"{commands.Length} commands");
        Assert.All(commands, command => Assert.Empty(
            AsftCommandLine.Root(new Output.CommandConsole(TextReader.Null, TextWriter.Null, TextWriter.Null)).Parse(command).Errors));
    }

    private async Task<int> Rows(string file, params string[] more) =>
        (await ToolRun.Done(["diagnose", "--model", tiny.Model, "--data", file, "--json", .. more])).Json.GetProperty("rows").GetProperty("rows").GetInt32();

    private static double Auc(double[] scores, bool[] isWrong)
    {
        double[] wrong = [.. scores.Where((_, row) => isWrong[row])];
        double[] right = [.. scores.Where((_, row) => !isWrong[row])];
        return wrong.Sum(w => right.Sum(r => w > r ? 1 : w == r ? 0.5 : 0)) / wrong.Length / right.Length;
    }
}
