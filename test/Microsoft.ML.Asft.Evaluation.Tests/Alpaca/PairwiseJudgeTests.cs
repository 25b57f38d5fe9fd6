using Microsoft.ML.Asft.Evaluation.Alpaca;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Evaluation.Tests.Alpaca;

public sealed class PairwiseJudgeTests : IDisposable
{
    private static readonly AlpacaOutput[] Ours =
        [.. Enumerable.Range(0, 40)
            .Select(i => new AlpacaOutput($"Instruction {i}", i % 4 == 0 ? $"bad answer {i}" : $"good answer {i} {{output_2}}"))];

    private static readonly AlpacaOutput[] Theirs =
        [.. Enumerable.Range(0, 40).Select(i => new AlpacaOutput($"Instruction {i}", $"fair answer {i}")).Reverse()];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Preferences_are_the_probabilities_of_the_letters_whatever_the_order_of_the_pair()
    {
        using var judge = new LoopbackJudge(Quality);
        var metrics = PairwiseJudge.Compare(Ours, Theirs, Options(judge));

        for (int i = 0; i < Ours.Length; i++)
        {
            Assert.Equal(i % 4 == 0 ? 0.2 : 0.9, metrics.Items[i].Preference!.Value, 1e-6);
        }

        Assert.Equal((10 * 0.2 + 30 * 0.9) / 40, metrics.WinRate, 1e-6);
        double variance = (10 * 0.525 * 0.525 + 30 * 0.175 * 0.175) / 39;
        Assert.Equal(Math.Sqrt(variance / 40), metrics.WinRate.StandardError, 1e-6);
        Assert.Equal(0.75, metrics.DiscreteWinRate.Value, 12);
        Assert.InRange(metrics.Items.Count(item => item.Swapped), 10, 30);
        Assert.Equal(40, judge.Requests.Count);
        Assert.All(judge.Requests, r => Assert.Equal("the-judge", r.GetProperty("model").GetString()));
    }

    [Fact]
    public void The_order_of_a_pair_depends_on_the_seed_alone()
    {
        using var judge = new LoopbackJudge(Quality);
        bool[] Orders(int seed) =>
            [.. PairwiseJudge.Compare(Ours, Theirs, Options(judge, o => o.Seed = seed)).Items.Select(item => item.Swapped)];
        Assert.Equal(Orders(1), Orders(1));
        Assert.NotEqual(Orders(1), Orders(2));
    }

    [Fact]
    public void A_judge_that_always_likes_the_first_place_gives_no_preference_on_average()
    {
        using var judge = new LoopbackJudge((_, _) => 1 - 1e-9);
        var metrics = PairwiseJudge.Compare(Ours, Theirs, Options(judge));
        Assert.Equal(metrics.Items.Count(item => !item.Swapped) / 40.0, metrics.WinRate, 1e-6);
        Assert.InRange(metrics.WinRate.Value, 0.25, 0.75);
    }

    [Fact]
    public void Without_probabilities_the_letter_counts_and_other_words_do_not()
    {
        using var judge = new LoopbackJudge(Quality) { GivesLogProbabilities = false };
        Assert.Equal(0.75, PairwiseJudge.Compare(Ours, Theirs, Options(judge)).WinRate, 1e-9);

        judge.Reply = "Both";
        var metrics = PairwiseJudge.Compare(Ours, Theirs, Options(judge));
        Assert.Equal(0, metrics.Judged.Value);
        Assert.True(double.IsNaN(metrics.WinRate));
    }

    [Fact]
    public void Equal_answers_tie_without_asking()
    {
        using var judge = new LoopbackJudge(Quality);
        var metrics = PairwiseJudge.Compare(Ours, Ours, Options(judge));
        Assert.Equal(0.5, metrics.WinRate.Value);
        Assert.Empty(judge.Requests);
    }

    [Fact]
    public void Verdicts_are_cached_and_failures_tried_again()
    {
        using var judge = new LoopbackJudge(Quality) { Failures = 2 };
        string cache = Path.Combine(_folder.Path, "verdicts.jsonl");
        var first = PairwiseJudge.Compare(Ours, Theirs, Options(judge, o => o.CacheFile = cache));
        Assert.Equal(42, judge.Requests.Count);
        var again = PairwiseJudge.Compare(Ours, Theirs, Options(judge, o => o.CacheFile = cache));
        Assert.Equal(42, judge.Requests.Count);
        Assert.Equal(first.Items, again.Items);
    }

    [Fact]
    public void A_judge_that_cannot_be_asked_is_named_and_what_was_judged_is_kept()
    {
        string cache = Path.Combine(_folder.Path, "kept.jsonl");
        using var judge = new LoopbackJudge(Quality);
        PairwiseJudge.Compare(Ours[..8], Theirs, Options(judge, o => o.CacheFile = cache));
        judge.Failures = 1000;
        var error = Assert.Throws<InvalidOperationException>(
            () => PairwiseJudge.Compare(Ours, Theirs, Options(judge, o => (o.CacheFile, o.MaxRetries) = (cache, 0))));
        Assert.Contains("'the-judge'", error.Message, StringComparison.Ordinal);
        Assert.Equal(8, File.ReadLines(cache).Count());
    }

    [Fact]
    public void An_instruction_without_a_counterpart_is_named()
    {
        using var judge = new LoopbackJudge(Quality);
        Assert.Contains(
            "Instruction 0", Assert.Throws<InvalidDataException>(() => PairwiseJudge.Compare(Ours, Theirs[..^1], Options(judge))).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_in_ChatML_becomes_messages_and_braces_in_answers_stay()
    {
        var messages = JudgePrompt.Fill(
            "<|im_start|>system\nBe fair.\n<|im_end|>\n<|im_start|>user\n{instruction}: {output_1} or {output_2}?<|im_end|>", "Q",
            "{output_2}", "b");
        Assert.Equal(["Be fair.", "Q: {output_2} or b?"], messages.Select(m => m.Content[0].Text));
    }

    [Fact]
    public void Outputs_are_written_as_AlpacaEval_has_them()
    {
        string path = Path.Combine(_folder.Path, "model_outputs.json");
        AlpacaOutput.WriteAll(path, [new("Say <hi>.", "hi") { Dataset = "helpful_base", Generator = "asft" }]);
        Assert.Equal(
            "[\n  {\n    \"instruction\": \"Say <hi>.\",\n    \"output\": \"hi\",\n    \"dataset\": \"helpful_base\",\n    \"generator\": \"asft\"\n  }\n]\n",
            File.ReadAllText(path));
        Assert.Equal("hi", Assert.Single(AlpacaOutput.ReadAll(path)).Output);
        Assert.Contains("row 2",
            Assert.Throws<InvalidDataException>(() => AlpacaOutput.ReadAll(_folder.Write("x.jsonl", "{\"instruction\": \"a\"}\n{}\n")))
            .Message, StringComparison.Ordinal);
    }

    [SharedDataFact("data/alpaca_eval.json")]
    public void All_of_AlpacaEval_is_read() => Assert.Equal(805, AlpacaOutput.ReadAll(SharedData.PathOf("data", "alpaca_eval.json")).Count);

    private static double Quality(string first, string second)
    {
        double own = Grade(first);
        return Grade(second) is var other && own == 0.5 ? 1 - other : own;

        // How likely an answer is preferred to a fair one.
        static double Grade(string answer) => answer.StartsWith("good", StringComparison.Ordinal) ? 0.9
            : answer.StartsWith("bad", StringComparison.Ordinal) ? 0.2 : 0.5;
    }

    private static JudgeOptions Options(LoopbackJudge judge, Action<JudgeOptions>? configure = null)
    {
        var options = new JudgeOptions { Endpoint = judge.Endpoint, Judge = "the-judge", ApiKey = null };
        configure?.Invoke(options);
        return options;
    }
}
