namespace Microsoft.ML.Asft.Tokenization.Decoders;

/// <summary>Removes the prefix of tokens that continue a word, and puts a space before all others but the first.</summary>
/// <remarks>With <paramref name="cleanup"/> spaces before English punctuation and in contractions are also removed.</remarks>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : TokenDecoder
{
    private static readonly (string From, string To)[] Cleanups =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    public override DecoderStep Connect(DecoderStep next, bool isFused) =>
        isFused ? new WholeTextStep(new Step(this, next)) : new Step(this, next);

    /// <summary>Removes the spaces that a tokenizer leaves in English.</summary>
    public static string CleanUp(string text)
    {
        foreach ((string from, string to) in Cleanups)
        {
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        return text;
    }

    private string Decode(string token, bool isFirst)
    {
        string text = isFirst ? token : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        return cleanup ? CleanUp(text) : text;
    }

    private sealed class Step(WordPieceDecoder decoder, DecoderStep next) : DecoderStep
    {
        private bool _isFirst = true;

        public override void Add(string token)
        {
            next.Add(decoder.Decode(token, _isFirst));
            _isFirst = false;
        }

        public override void End() => next.End();
    }
}
