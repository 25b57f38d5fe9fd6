using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Evaluation.Mathematics;

/// <summary>A mathematical problem with its right answer.</summary>
/// <param name="Question">The problem.</param>
/// <param name="Answer">The answer, as text.</param>
public sealed record MathProblem(string Question, string Answer)
{
    private static readonly string[] QuestionColumns = ["problem", "question", "instruction", "prompt"];

    // Answers before solutions: if a row has both, the answer need not be extracted.
    private static readonly string[] AnswerColumns = ["expected_answer", "final_answer", "answer", "solution", "response", "output"];

    /// <summary>
    /// Reads problems from rows of text columns: the problem in <c>problem</c>, <c>question</c>, <c>instruction</c> or <c>prompt</c>;
    /// the answer
    /// in <c>expected_answer</c>, <c>final_answer</c>, <c>answer</c>, <c>solution</c>, <c>response</c> or <c>output</c>, out of which
    /// it is taken by
    /// <see cref="AnswerExtractor"/> where it is a worked solution.
    /// </summary>
    /// <param name="data">The rows, such as <c>mlContext.Data.LoadAsftData</c> gives them.</param>
    /// <exception cref="InvalidDataException">A row has no problem or no answer; the message says which row.</exception>
    public static IReadOnlyList<MathProblem> ReadAll(IDataView data) => [.. TextRows.Read(data).Select(Read)];

    private static MathProblem Read(Dictionary<string, string> row, int index)
    {
        string question = Find(QuestionColumns, "problem");
        string written = Find(AnswerColumns, "answer");
        bool isAnswer = row.Any(field => field.Value == written && field.Key is "expected_answer" or "final_answer" or "answer")
            && !written.Contains("####", StringComparison.Ordinal) && !written.Contains("\\boxed", StringComparison.Ordinal);
        string answer = (isAnswer ? written.Trim() : AnswerExtractor.Extract(written)) ?? throw new InvalidDataException(
            $"Row {index + 1}: its solution has no answer. It needs one in \\boxed{{}}, after ####, or as its last number.");
        return new MathProblem(question, answer);

        string Find(string[] columns, string what) =>
            columns.Select(row.GetValueOrDefault).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value))
                ?? throw new InvalidDataException(
                $"Row {index + 1}: it has no {what}; none of the columns {string.Join(", ", columns)} has text. It has {string.Join(", ", row.Keys)}.");
    }
}
