using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Evaluation.Statistics;

namespace Microsoft.ML.Asft.Evaluation.Mathematics;

/// <summary>Lets a model solve problems, a batch at a time, and grades the solutions.</summary>
internal sealed class MathEvaluator(EvaluatedModel model, MathOptions options)
{
    private readonly MathGrader _grader = new();
    private readonly IReadOnlyList<(string Question, string Solution)> _examples = Examples(options.FewShot);

    public int ExampleCount => _examples.Count;

    public IReadOnlyList<MathItem> Evaluate(int start, MathProblem[] problems)
    {
        string[] prompts = [.. problems.Select(problem => MathPrompt.Of(options.Prompt, problem.Question, _examples))];
        var greedy = model.Complete(prompts, new CompletionSettings(options.MaxNewTokens, MathPrompt.Stops), options.CancellationToken);
        var sampled = options.Samples == 0 ? [] : model.Sample(
            prompts, options.Samples,
                new CompletionSettings(options.MaxNewTokens, MathPrompt.Stops, options.Temperature, options.Seed, start),
            options.CancellationToken);
        return
        [
            .. problems.Select((problem, i) =>
            {
                MathSolution[] samples = options.Samples == 0 ? [] : [.. sampled[i].Select(text => Grade(text, problem.Answer))];
                return new MathItem
                {
                    Index = start + i,
                    Answer = problem.Answer,
                    Greedy = Grade(greedy[i], problem.Answer),
                    Samples = samples,
                    Majority = samples.Length == 0 ? null : SampleScores.Majority(
                        samples.Select(s => s.Answer), answer => _grader.AreEquivalent(answer, problem.Answer), _grader.AreEquivalent),
                };
            }),
        ];
    }

    private MathSolution Grade(string text, string reference)
    {
        string? answer = AnswerExtractor.Extract(text);
        return new MathSolution(text, answer, answer is not null && _grader.AreEquivalent(answer, reference));
    }

    private static IReadOnlyList<(string Question, string Solution)> Examples(IDataView? rows)
    {
        if (rows is null)
        {
            return [];
        }

        return [.. TextRows.Read(rows)
            .Select((row, i) => (
            First(row, i, "problem", "question", "instruction"), First(row, i, "solution", "response", "output", "answer")))];

        static string First(Dictionary<string, string> row, int index, params string[] columns) =>
            columns.Select(row.GetValueOrDefault).FirstOrDefault(value => !string.IsNullOrEmpty(value)) ?? throw new InvalidDataException(
                $"Worked example {index + 1} has none of {string.Join(", ", columns)}; it has {string.Join(", ", row.Keys)}.");
    }
}
