using Microsoft.ML.Asft.Evaluation.Runs;

namespace Microsoft.ML.Asft.Evaluation.ExactMatch;

/// <summary>Completes rows, a batch at a time, and compares.</summary>
internal sealed class ExactMatchEvaluator(EvaluatedModel model, ExactMatchOptions options)
{
    public IReadOnlyList<ExactMatchItem> Evaluate(int start, ExactMatchRow[] rows)
    {
        string[] prompts = [.. rows.Select(row => row.Prompt)];
        var greedy = model.Complete(prompts, new CompletionSettings(options.MaxNewTokens, []), options.CancellationToken);
        var request = new CompletionSettings(options.MaxNewTokens, [], options.Temperature, options.Seed, start);
        var sampled = options.Samples == 0 ? [] : model.Sample(prompts, options.Samples, request, options.CancellationToken);
        return
        [
            .. rows.Select((row, i) => new ExactMatchItem(
                start + i, greedy[i], Matches(greedy[i], row), options.Samples == 0 ? 0 : sampled[i].Count(text => Matches(text, row)))),
        ];
    }

    private static bool Matches(string text, ExactMatchRow row) => text.Trim() == row.Response.Trim();
}
