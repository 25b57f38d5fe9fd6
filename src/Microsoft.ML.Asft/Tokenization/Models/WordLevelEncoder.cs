namespace Microsoft.ML.Asft.Tokenization.Models;

/// <summary>A token for each word, and the unknown token for all others.</summary>
internal sealed class WordLevelEncoder(Vocabulary vocabulary, string unknown) : TokenModel(vocabulary)
{
    public override EncodedWord Encode(ReadOnlySpan<char> word) =>
        Vocabulary.TryGetId(word, out int id) || Vocabulary.TryGetId(unknown, out id)
            ? new EncodedWord([id], [0], [word.Length])
            : throw NoToken(word, $"the unknown token '{unknown}' is not in its vocabulary");
}
