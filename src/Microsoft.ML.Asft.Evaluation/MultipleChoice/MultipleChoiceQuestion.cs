using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>A question with options, one of which is right.</summary>
/// <param name="Question">The question.</param>
/// <param name="Options">2 to 26 options, which are A, B, C, ….</param>
/// <param name="Answer">The index of the right option.</param>
public sealed record MultipleChoiceQuestion(string Question, IReadOnlyList<string> Options, int Answer)
{
    /// <summary>
    /// Gets the question's subject, for accuracies by subject; <see langword="null"/> if it has none.
    /// </summary>
    public string? Subject { get; init; }

    /// <summary>Gets the prompt of the official evaluation (<c>eval/medeval</c>), which ends in <c>Answer:</c>.</summary>
    public string Prompt
    {
        get
        {
            var options = Options.Select((option, i) => $"{LetterOf(i)}. {option}\n");
            return $"Question: {Question}\n\nOptions:\n{string.Concat(options)}\nAnswer:";
        }
    }

    /// <summary>The question with its options in an order that depends on the seed and the question's index.</summary>
    internal MultipleChoiceQuestion Shuffled(int seed, int place)
    {
        var draws = SamplingSeed.Of(seed).For(place);
        int[] order = [.. Enumerable.Range(0, Options.Count).OrderBy(draws.Uniform)];
        return this with { Options = [.. order.Select(i => Options[i])], Answer = Array.IndexOf(order, Answer) };
    }

    /// <summary>Returns the letter of an option.</summary>
    public static char LetterOf(int option) => (char)('A' + option);

    /// <summary>Reads questions from rows of text columns.</summary>
    /// <param name="data">The rows, such as <c>mlContext.Data.LoadAsftData</c> gives them: lists and objects are their JSON.</param>
    /// <param name="format">Their format.</param>
    /// <exception cref="InvalidDataException">A row is not a question; the message names the row and the problem.</exception>
    public static IReadOnlyList<MultipleChoiceQuestion> ReadAll(IDataView data, MultipleChoiceFormat format = MultipleChoiceFormat.Auto) =>
        MultipleChoiceReader.Read(TextRows.Read(data), format);
}
