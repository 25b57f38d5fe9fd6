namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>Turns a word into tokens.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    /// <summary>The tokens of the model; those that were added to it are not among them unless the file has them twice.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>Whether a text may be cut at <see cref="BytePairEncoder.NextWordStart"/> before it is encoded.</summary>
    public virtual bool CutsAtWordStarts => false;

    /// <exception cref="InvalidDataException">A character has no token, and nothing can stand for it.</exception>
    public abstract EncodedWord Encode(ReadOnlySpan<char> word);

    /// <summary>What to throw for text without a token when the unknown token is missing too.</summary>
    protected static InvalidDataException NoToken(ReadOnlySpan<char> text, string unknown) => new(
        $"The tokenizer has no token for '{text}', and {unknown}. Add the unknown token to the vocabulary of tokenizer.json, or " +
        "leave the text out.");
}
