using Microsoft.ML.Asft.Evaluation.Runs;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>Determines a model's choices, a batch of questions at a time.</summary>
internal sealed class MultipleChoiceEvaluator(EvaluatedModel model, MultipleChoiceOptions options)
{
    private IReadOnlyList<int>[] _letters = [];

    public IReadOnlyList<MultipleChoiceItem> Evaluate(int start, MultipleChoiceQuestion[] questions)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return options.Method switch
        {
            MultipleChoiceMethod.Letter => ByLetter(start, questions),
            MultipleChoiceMethod.Generation => ByText(start, questions),
            _ => [.. questions.Select((question, i) => ByLikelihood(start + i, question))],
        };
    }

    private IReadOnlyList<MultipleChoiceItem> ByLetter(int start, MultipleChoiceQuestion[] questions)
    {
        int most = questions.Max(question => question.Options.Count);
        if (_letters.Length < most)
        {
            _letters = LetterTokens.Find(model.Tokenizer, model.VocabularySize, most);
        }

        var logProbabilities = model.NextTokenLogProbabilities(questions.Select(question => question.Prompt));   // (B, V)
        double[][] ofLetters =
        [
            .. _letters.Select(ids =>
                logProbabilities.index_select(1, tensor([.. ids.Select(id => (long)id)], ScalarType.Int64, logProbabilities.device))
                .exp().sum(1).to_type(ScalarType.Float64).cpu().data<double>().ToArray()),
        ];
        return
        [
            .. questions.Select((question, row) =>
            {
                double[] p = [.. Enumerable.Range(0, question.Options.Count).Select(option => ofLetters[option][row])];
                double total = p.Sum();
                return Item(start + row, question, [.. p.Select(x => x / total)]) with { LetterProbability = total };
            }),
        ];
    }

    private MultipleChoiceItem ByLikelihood(int index, MultipleChoiceQuestion question)
    {
        double[] logLikelihoods = [.. model.LogProbabilities(question.Prompt, question.Options.Select(option => $" {option}"))];
        if (options.Method == MultipleChoiceMethod.LikelihoodPerCharacter)
        {
            logLikelihoods = [.. logLikelihoods.Zip(question.Options, (value, option) => value / Math.Max(1, option.Length))];
        }

        double highest = logLikelihoods.Max();
        double[] relative = [.. logLikelihoods.Select(value => Math.Exp(value - highest))];
        double total = relative.Sum();
        return Item(index, question, [.. relative.Select(x => x / total)]);
    }

    private IReadOnlyList<MultipleChoiceItem> ByText(int start, MultipleChoiceQuestion[] questions)
    {
        var completions = model.Complete(
            [.. questions.Select(question => question.Prompt)], new CompletionSettings(options.MaxNewTokens, ["\n\nQuestion:"]),
                options.CancellationToken);
        return
        [
            .. questions.Zip(completions, (question, text) => (question, text)).Select((pair, row) =>
                Item(start + row, pair.question, WrittenChoice.Find(pair.text, pair.question.Options)) with { Completion = pair.text }),
        ];
    }

    private static MultipleChoiceItem Item(int index, MultipleChoiceQuestion question, double[] probabilities) =>
        Item(index, question, Array.IndexOf(probabilities, probabilities.Max())) with { Probabilities = probabilities };

    private static MultipleChoiceItem Item(int index, MultipleChoiceQuestion question, int? choice) => new()
    {
        Index = index,
        Subject = question.Subject,
        Answer = MultipleChoiceQuestion.LetterOf(question.Answer),
        Choice = choice is { } option ? MultipleChoiceQuestion.LetterOf(option) : null,
        Correct = choice == question.Answer,
    };
}
