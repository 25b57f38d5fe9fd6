namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>Splits a word into tokens.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    /// <summary>The tokens of the model, without added tokens unless the file lists them twice.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>Whether a text may be cut at <see cref="BytePairEncoder.NextWordStart"/> before it is encoded.</summary>
    public virtual bool CutsAtWordStarts => false;

    /// <exception cref="InvalidDataException">A character has no token, and there is no unknown token.</exception>
    public abstract EncodedWord Encode(ReadOnlySpan<char> word);

    /// <summary>The exception for text without a token if there is no unknown token either.</summary>
    protected static InvalidDataException NoToken(ReadOnlySpan<char> text, string unknown) => new(
        $"The tokenizer has no token for '{text}', and {unknown}. Add the unknown token to the vocabulary of tokenizer.json, or " +
        "leave the text out.");
}
