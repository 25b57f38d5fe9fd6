using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Generation;

/// <summary>The stop criteria of a model's completions, with its tokenizer.</summary>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="Tokens">The tokens that end a completion.</param>
/// <param name="ContextLength">The maximum number of tokens of prompt and completion together.</param>
internal sealed record StopCriteria(Tokenizer Tokenizer, IReadOnlySet<int> Tokens, int ContextLength)
{
    public static StopCriteria Of(LoadedModel loaded, ExampleEncoder encoder) => new(
        loaded.Tokenizer, encoder.StopTokens(loaded.Model.EndOfSequenceTokenIds), loaded.Model.ContextLength);
}
