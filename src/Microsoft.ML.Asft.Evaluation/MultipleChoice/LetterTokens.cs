using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>The tokens that spell a letter, with or without white space around it.</summary>
internal static class LetterTokens
{
    /// <summary>Finds the tokens of each letter, starting with A.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="vocabulary">The number of ids that the model gives a probability to.</param>
    /// <param name="letters">The number of letters.</param>
    /// <exception cref="NotSupportedException">The tokenizer has no token for a single letter.</exception>
    public static IReadOnlyList<int>[] Find(Tokenizer tokenizer, int vocabulary, int letters)
    {
        var found = Enumerable.Range(0, letters).Select(_ => new List<int>()).ToArray();
        var special = (tokenizer as HuggingFaceTokenizer)?.SpecialTokenIds;
        for (int id = 0; id < vocabulary; id++)
        {
            if (special?.Contains(id) != true && tokenizer.Decode([id])?.Trim() is [var letter] && letter - 'A' is var option
                && option >= 0 && option < letters)
            {
                found[option].Add(id);
            }
        }

        int missing = Array.FindIndex(found, ids => ids.Count == 0);
        return missing < 0 ? found : throw new NotSupportedException(
            $"The tokenizer has no token for the letter {MultipleChoiceQuestion.LetterOf(missing)} alone, so the next token cannot show its probability. "
            + $"Choose another {nameof(MultipleChoiceMethod)}.");
    }
}
