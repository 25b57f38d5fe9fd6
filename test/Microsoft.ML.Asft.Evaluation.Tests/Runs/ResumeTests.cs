using Microsoft.ML.Asft.Evaluation.MultipleChoice;
using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Evaluation.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Evaluation.Tests.Runs;

public sealed class ResumeTests(BaseModel assets) : IClassFixture<BaseModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static IEnumerable<object> Questions(int count) => Enumerable.Range(0, count)
        .Select(i => new { question = $"What is {i} + {i}?", choices = new[] { $"{i}", $"{2 * i}", $"{3 * i}", "7" }, answer = 1 });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_was_cancelled_and_cut_off_goes_on_to_the_same_items()
    {
        var data = assets.Rows(Questions(11));
        string whole = Path.Combine(_folder.Path, "whole");
        string pieces = Path.Combine(_folder.Path, "pieces");
        var expected = assets.Model.EvaluateMultipleChoice(data, Options(whole));

        using var cancellation = new CancellationTokenSource();
        var options = Options(pieces);
        options.CancellationToken = cancellation.Token;
        options.Progress = new Listener(p => { if (p.Done == 6) { cancellation.Cancel(); } });
        Assert.Throws<OperationCanceledException>(() => assets.Model.EvaluateMultipleChoice(data, options));
        string items = Path.Combine(pieces, "items.jsonl");
        Assert.Equal(6, File.ReadLines(items).Count());

        // What a killed process may leave: part of a batch, and part of a line.
        string[] lines = File.ReadAllLines(items);
        File.WriteAllText(items, string.Join('\n', lines[..5]) + "\n" + lines[5][..20]);
        var done = new List<int>();
        options = Options(pieces);
        options.Progress = new Listener(p => done.Add(p.Done));
        var resumed = assets.Model.EvaluateMultipleChoice(data, options);

        Assert.Equal([3, 6, 9, 11], done);
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "items.jsonl")), File.ReadAllText(items));
        Assert.Equal(expected.Accuracy, resumed.Accuracy);
        Assert.Equal(expected.LogLoss, resumed.LogLoss);
        Assert.Equal(expected.Accuracy, MultipleChoiceMetrics.Load(pieces).Accuracy);
    }

    [Fact]
    public void Two_runs_at_once_do_not_share_a_folder()
    {
        var data = assets.Rows(Questions(5));
        string folder = Path.Combine(_folder.Path, "shared");
        var options = Options(folder);
        IOException? refused = null;
        options.Progress = new Listener(_ => refused ??= Assert.Throws<IOException>(() => assets.Model.EvaluateMultipleChoice(data, Options(folder))));
        Assert.Equal(5, assets.Model.EvaluateMultipleChoice(data, options).Items.Count);
        Assert.Contains("Another process is writing", refused?.Message, StringComparison.Ordinal);
        Assert.Equal(5, assets.Model.EvaluateMultipleChoice(data, Options(folder)).Items.Count);
    }

    [Fact]
    public void A_finished_run_is_not_done_again()
    {
        var data = assets.Rows(Questions(5));
        string folder = Path.Combine(_folder.Path, "finished");
        assets.Model.EvaluateMultipleChoice(data, Options(folder));
        var written = File.GetLastWriteTimeUtc(Path.Combine(folder, "items.jsonl"));
        var done = new List<int>();
        var options = Options(folder);
        options.Progress = new Listener(p => done.Add(p.Done));
        Assert.Equal(5, assets.Model.EvaluateMultipleChoice(data, options).Items.Count);
        Assert.Equal([5], done);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(folder, "items.jsonl")));
    }

    [Fact]
    public void Another_run_in_the_folder_is_refused_by_what_differs()
    {
        string folder = Path.Combine(_folder.Path, "other");
        assets.Model.EvaluateMultipleChoice(assets.Rows(Questions(4)), Options(folder));
        var options = Options(folder);
        options.Method = MultipleChoiceMethod.Likelihood;
        string method = Assert.Throws<InvalidDataException>(() => assets.Model.EvaluateMultipleChoice(assets.Rows(Questions(4)), options))
            .Message;
        Assert.Contains("method is \"letter\", but here it is \"likelihood\"", method, StringComparison.Ordinal);
        string data = Assert.Throws<InvalidDataException>(
            () => assets.Model.EvaluateMultipleChoice(assets.Rows(Questions(4).Reverse()), Options(folder))).Message;
        Assert.Contains("its data is", data, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_line_is_named()
    {
        var data = assets.Rows(Questions(4));
        string folder = Path.Combine(_folder.Path, "damaged");
        assets.Model.EvaluateMultipleChoice(data, Options(folder));
        string items = Path.Combine(folder, "items.jsonl");
        string[] lines = File.ReadAllLines(items);
        lines[1] = "{\"index\":";
        File.WriteAllLines(items, lines);
        string message = Assert.Throws<InvalidDataException>(() => assets.Model.EvaluateMultipleChoice(data, Options(folder))).Message;
        Assert.Contains("items.jsonl, line 2", message, StringComparison.Ordinal);
    }

    private static MultipleChoiceOptions Options(string folder) => new() { OutputFolder = folder, BatchSize = 3 };

    private sealed class Listener(Action<EvaluationProgress> listen) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => listen(value);
    }
}
